// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT virtual interface: ports, which are tunnels that many tenants share. A
 * tunnel that attaches metadata to what it receives tells its tunnel id by
 * them; the packet is received again in the VRF whose table has that number,
 * by the index that packets on their way in use, too.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/dst_metadata.h>
#include <net/ip_tunnels.h>

#include "nvi.h"

/* The VRF that the packet's tunnel id names, and why there is none. */
static struct net_device *nvi_port_vrf(const struct sk_buff *skb, enum nvi_stat *drop)
{
	const struct ip_tunnel_info *info = skb_tunnel_info(skb);
	struct net_device *vrf;
	u64 id;

	*drop = NVI_STAT_DROP_NO_KEY;
	if (!info || info->mode & IP_TUNNEL_INFO_TX || !nvi_compat_has_key(info))
		return NULL;
	id = be64_to_cpu(info->key.tun_id);
	*drop = NVI_STAT_DROP_NO_VRF;
	vrf = id <= U32_MAX ? nvi_vrf_of_table(dev_net(skb->dev), id) : NULL;
	/* Who sends chooses the id: it reaches VRFs of the port's own group only. */
	if (!vrf || vrf->group != skb->dev->group)
		return NULL;
	*drop = NVI_STAT_DROP_DOWN;
	return netif_running(vrf) ? vrf : NULL;
}

/* Returns 0, or why the packet is none that a tenant's router receives. */
static enum nvi_stat nvi_port_check(const struct sk_buff *skb)
{
	if (skb_vlan_tag_present(skb))
		return NVI_STAT_DROP_PROTOCOL;
	if (skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6))
		return NVI_STAT_DROP_PROTOCOL;
	/* To another station, or to many. */
	if (skb->pkt_type != PACKET_HOST)
		return NVI_STAT_DROP_SCOPE;
	return 0;
}

static rx_handler_result_t nvi_port_receive(struct sk_buff **pskb)
{
	const struct nvi *nvi = rcu_dereference((*pskb)->dev->rx_handler_data);
	struct net_device *vrf;
	enum nvi_stat drop;
	struct sk_buff *skb;

	skb = skb_share_check(*pskb, GFP_ATOMIC);
	*pskb = skb;
	if (unlikely(!skb)) {
		nvi_count_event(nvi, NVI_STAT_DROP_MEMORY);
		return RX_HANDLER_CONSUMED;
	}
	vrf = nvi_port_vrf(skb, &drop);
	if (unlikely(!vrf))
		goto drop;
	if (unlikely(nvi_is_question(skb))) {
		if (nvi_answer(skb, vrf))
			nvi_count_event(nvi, NVI_STAT_ANSWERED_PACKETS);
		consume_skb(skb);
		return RX_HANDLER_CONSUMED;
	}
	drop = nvi_port_check(skb);
	if (unlikely(drop))
		goto drop;

	nvi_count(nvi, NVI_STAT_PORT_PACKETS, skb->len);
	/* Of the tunnel, and of its packet in the underlay. The header of the
	 * link stays: rules tell by it what came by a port.
	 */
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb->dev = vrf;
	nvi_pass_hooks_once(skb, vrf);
	return RX_HANDLER_ANOTHER;
drop:
	nvi_count_event(nvi, drop);
	kfree_skb_reason(skb, nvi_kernel_reason(drop));
	return RX_HANDLER_CONSUMED;
}

int nvi_add_port(struct net_device *dev, struct net_device *port,
		 struct netlink_ext_ack *extack)
{
	int err;

	if (port->type != ARPHRD_ETHER || netif_is_l3_master(port)) {
		NL_SET_ERR_MSG(extack, "Only a tunnel of Ethernet can be a port of an nvi device");
		return -EINVAL;
	}
	err = netdev_rx_handler_register(port, nvi_port_receive, netdev_priv(dev));
	if (err) {
		NL_SET_ERR_MSG(extack, "The device's packets are received by something else");
		return err;
	}
	err = netdev_master_upper_dev_link(port, dev, NULL, NULL, extack);
	if (err)
		netdev_rx_handler_unregister(port);
	return err;
}

int nvi_remove_port(struct net_device *dev, struct net_device *port)
{
	netdev_upper_dev_unlink(port, dev);
	netdev_rx_handler_unregister(port);
	return 0;
}

void nvi_remove_ports(struct net_device *dev)
{
	struct net_device *port;
	struct list_head *iter;

	netdev_for_each_lower_dev(dev, port, iter)
		nvi_remove_port(dev, port);
}
