// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic for the bench: given frames are received by given devices as a
 * driver's poll would hand them over, and timed.
 *
 * In debugfs, /sys/kernel/debug/nvi_bench:
 *   frames       written: rows of a native u32 interface index, a native u32
 *                length and the frame; opening it with truncation forgets
 *                those before
 *   run          written: a number of packets; returns when all have been
 *                received. Frames are taken in turn
 *   nanoseconds  read: the processor time that the last run took
 *
 * Every packet is a fresh skb with the headroom that drivers leave, its
 * checksum verified, as from a network card: a packet generator that hands the
 * same skb on, or one without headroom, measures copies that no machine would
 * make.
 */
#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

#define NVI_BENCH_BURST 64 /* a driver's NAPI weight */
#define NVI_BENCH_FRAMES BIT(20)

struct nvi_bench_frame {
	struct net_device *dev;
	u32 length;
	u8 data[];
};

static DEFINE_MUTEX(nvi_bench_lock);
static struct nvi_bench_frame **nvi_bench_frames;
static u32 nvi_bench_count;
static u64 nvi_bench_ns;
static struct dentry *nvi_bench_dir;

static void nvi_bench_forget(void)
{
	while (nvi_bench_count) {
		struct nvi_bench_frame *frame = nvi_bench_frames[--nvi_bench_count];

		dev_put(frame->dev);
		kfree(frame);
	}
}

static int nvi_bench_frames_open(struct inode *inode, struct file *file)
{
	if (file->f_flags & O_TRUNC) {
		mutex_lock(&nvi_bench_lock);
		nvi_bench_forget();
		mutex_unlock(&nvi_bench_lock);
	}
	return 0;
}

/* Takes one row; returns its size. */
static ssize_t nvi_bench_add(const char __user *from, size_t size)
{
	struct nvi_bench_frame *frame;
	struct net_device *dev;
	u32 head[2];

	if (size < sizeof(head) || nvi_bench_count == NVI_BENCH_FRAMES)
		return -EINVAL;
	if (copy_from_user(head, from, sizeof(head)))
		return -EFAULT;
	if (head[1] < ETH_HLEN || head[1] > ETH_FRAME_LEN || size - sizeof(head) < head[1])
		return -EINVAL;
	dev = dev_get_by_index(current->nsproxy->net_ns, head[0]);
	if (!dev)
		return -ENODEV;
	frame = kmalloc(struct_size(frame, data, head[1]), GFP_KERNEL);
	if (!frame || copy_from_user(frame->data, from + sizeof(head), head[1])) {
		kfree(frame);
		dev_put(dev);
		return frame ? -EFAULT : -ENOMEM;
	}
	frame->dev = dev;
	frame->length = head[1];
	nvi_bench_frames[nvi_bench_count++] = frame;
	return sizeof(head) + head[1];
}

static ssize_t nvi_bench_frames_write(struct file *file, const char __user *from, size_t size,
				      loff_t *offset)
{
	size_t at = 0;
	ssize_t taken = 0;

	mutex_lock(&nvi_bench_lock);
	while (at < size && taken >= 0) {
		taken = nvi_bench_add(from + at, size - at);
		if (taken > 0)
			at += taken;
	}
	mutex_unlock(&nvi_bench_lock);
	return taken < 0 ? taken : size;
}

static const struct file_operations nvi_bench_frames_fops = {
	.owner = THIS_MODULE,
	.open = nvi_bench_frames_open,
	.write = nvi_bench_frames_write,
};

static void nvi_bench_receive(const struct nvi_bench_frame *frame)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(frame->dev, frame->length);

	if (!skb)
		return;
	skb_put_data(skb, frame->data, frame->length);
	skb->protocol = eth_type_trans(skb, frame->dev);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	netif_receive_skb(skb);
}

/*
 * User Mode Linux is a thread of the host: its own processor time, unlike the
 * clock, does not grow while other programs of a busy host have their turn.
 */
static u64 nvi_bench_now(void)
{
#ifdef CONFIG_UML_X86
	struct { s64 seconds, nanoseconds; } now;
	long result = __NR_clock_gettime;

	asm volatile("syscall" : "+a"(result)
		     : "D"(CLOCK_THREAD_CPUTIME_ID), "S"(&now) : "rcx", "r11", "memory");
	return now.seconds * NSEC_PER_SEC + now.nanoseconds;
#else
	return ktime_get_ns();
#endif
}

static int nvi_bench_run(void *data, u64 packets)
{
	u32 next = 0;
	u64 start;

	mutex_lock(&nvi_bench_lock);
	if (!nvi_bench_count) {
		mutex_unlock(&nvi_bench_lock);
		return -ENODATA;
	}
	start = nvi_bench_now();
	while (packets && !signal_pending(current)) {
		u32 burst = min_t(u64, packets, NVI_BENCH_BURST);

		packets -= burst;
		/* What a poll leaves to the backlog runs when it ends, as after a driver's. */
		local_bh_disable();
		while (burst--) {
			nvi_bench_receive(nvi_bench_frames[next]);
			if (++next == nvi_bench_count)
				next = 0;
		}
		local_bh_enable();
		cond_resched();
	}
	nvi_bench_ns = nvi_bench_now() - start;
	mutex_unlock(&nvi_bench_lock);
	return packets ? -EINTR : 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(nvi_bench_run_fops, NULL, nvi_bench_run, "%llu\n");

static int __init nvi_bench_init(void)
{
	nvi_bench_frames = kvcalloc(NVI_BENCH_FRAMES, sizeof(*nvi_bench_frames), GFP_KERNEL);
	if (!nvi_bench_frames)
		return -ENOMEM;
	nvi_bench_dir = debugfs_create_dir("nvi_bench", NULL);
	debugfs_create_file("frames", 0200, nvi_bench_dir, NULL, &nvi_bench_frames_fops);
	debugfs_create_file_unsafe("run", 0200, nvi_bench_dir, NULL, &nvi_bench_run_fops);
	debugfs_create_u64("nanoseconds", 0400, nvi_bench_dir, &nvi_bench_ns);
	return 0;
}

static void __exit nvi_bench_exit(void)
{
	debugfs_remove_recursive(nvi_bench_dir);
	nvi_bench_forget();
	kvfree(nvi_bench_frames);
}

module_init(nvi_bench_init);
module_exit(nvi_bench_exit);
MODULE_DESCRIPTION("Packet generator of the NVI gateway's bench");
MODULE_LICENSE("GPL");
