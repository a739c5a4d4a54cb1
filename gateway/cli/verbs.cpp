// SPDX-License-Identifier: GPL-2.0-or-later
// The table of verbs.
#include <algorithm>
#include <iterator>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/verb.hpp"

namespace nvi::cli {

namespace {

constexpr Option kGlobalOptions[] = {
    {"config", "FILE", "the gateway's file (default: /etc/nvi-gateway/gateway.toml)", Word::file},
    {"json", nullptr, "one JSON document on stdout instead of text"},
    {"color", "WHEN", "auto (default: on a terminal), always or never", Word::text},
    {"help", nullptr, "what a verb does, and its options"},
    {"version", nullptr, "the version of the program"},
};

constexpr Option kPlanOptions[] = {
    {"exit-code", nullptr, "exit with 3 if anything would change"},
};

constexpr Option kApplyOptions[] = {
    {"confirm", "TIME", "go back unless `gwctl confirm` follows within TIME (as 60s or 5m)", Word::text},
    {"dry-run", nullptr, "print what would be changed, as plan does, and change nothing"},
    {"wait", "SECONDS", "how long to wait for another gwctl that is changing this gateway (default: 10)",
     Word::text},
};

constexpr Positional kNumber[] = {{"N", Word::text, true}};

constexpr Option kWaitOptions[] = {
    {"wait", "SECONDS", "how long to wait for another gwctl that is changing this gateway (default: 10)",
     Word::text},
};

constexpr Option kAddOptions[] = {
    {"id", "N", "the tenant's id: its VRF table, conntrack zone and NVI id (256-65535)", Word::text, false,
     true},
    {"overlay", "TYPE", "how its hosts are reached: gretap, vxlan, gre or ipip (default: gretap)",
     Word::text},
    {"key", "K", "GRE key or VNI (default: the id)", Word::text},
    {"port", "N", "the UDP port of vxlan (default: 4789)", Word::text},
    {"gateway", "CIDR", "the gateway's own address in the tenant, as 10.0.0.1/24", Word::text, true, true},
    {"host", "ADDR=NODE[,MAC]", "a host, and the node whose tunnel it is behind", Word::text, true},
    {"floating", "PUBLIC=PRIVATE", "a public address that is one host's, both ways", Word::text, true},
    {"snat", "PREFIX=PUBLIC[,PUBLIC][:FIRST-LAST[/BLOCK]]",
     "public addresses that a prefix leaves by, their ports, how many a host has for itself", Word::text,
     true},
    {"forward", "PROTO:PUBLIC:PORT=PRIVATE:PORT", "a public port, or FIRST-LAST, to a private one or as many",
     Word::text, true},
    {"wait", "SECONDS", "how long to wait for another gwctl that is changing this gateway (default: 10)",
     Word::text},
};

constexpr Positional kTenantName[] = {{"NAME", Word::tenant}};
constexpr Positional kSomeTenant[] = {{"NAME", Word::tenant, true}};
constexpr Positional kNewName[] = {{"NAME", Word::text}};
constexpr Positional kFile[] = {{"gateway|tenant", Word::text}};
constexpr Positional kPublicPort[] = {{"ADDRESS:PORT", Word::text}};
constexpr Positional kShell[] = {{"bash|zsh|fish", Word::shell}};
constexpr Positional kVerbName[] = {{"VERB", Word::text, true}, {"WORD", Word::text, true}};

constexpr Positional kMaybeTenantName[] = {{"NAME", Word::tenant, true}};
constexpr Option kServiceOptions[] = {
    {"scheduler", "NAME", "of a new service: maglev (default), round-robin or source-hash", Word::text},
    {"wait", "SECONDS", "how long to wait for another gwctl that is changing this gateway (default: 10)",
     Word::text},
};
constexpr Positional kServiceBackends[] = {{"NAME", Word::tenant}, {"PROTO:VIP:PORT=ADDR[*WEIGHT][,ADDR]"}};
constexpr Positional kServiceBackend[] = {{"NAME", Word::tenant}, {"PROTO:VIP:PORT"}, {"ADDR"}};
constexpr Positional kServiceMaybeBackend[] = {
    {"NAME", Word::tenant}, {"PROTO:VIP:PORT"}, {"ADDR", Word::text, true}};
constexpr Positional kNewRule[] = {
    {"NAME", Word::tenant}, {"in|out", Word::direction}, {"accept|drop|reject", Word::action}};
constexpr Option kRuleOptions[] = {
    {"protocol", "P", "tcp, udp, sctp, icmp (ICMPv6, too), gre or esp (default: all)", Word::protocol},
    {"ports", "PORT[,FIRST-LAST]", "destination ports (default: all)", Word::text},
    {"from", "PREFIX[,PREFIX]", "sources; a host of the tenant has its private address (default: all)",
     Word::text},
    {"to", "PREFIX[,PREFIX]", "destinations, likewise (default: all)", Word::text},
    {"log", nullptr, "first packets that fit are sent to NFLOG group 110"},
    {"at", "N", "in front of rule N (default: behind the last)", Word::text},
    {"wait", "SECONDS", "how long to wait for another gwctl that is changing this gateway (default: 10)",
     Word::text},
};
constexpr Positional kOldRule[] = {{"NAME", Word::tenant}, {"N", Word::text}};
constexpr Option kLimitOptions[] = {
    {"connections", "N", "connections at a time, both directions together", Word::text},
    {"new-connections", "N", "new connections a second, both directions together", Word::text},
    {"rate-in", "RATE", "bits a second from outside, as 800k, 50M or 1G", Word::text},
    {"rate-out", "RATE", "bits a second to the outside", Word::text},
    {"packets-in", "N", "packets a second from outside", Word::text},
    {"packets-out", "N", "packets a second to the outside", Word::text},
    {"wait", "SECONDS", "how long to wait for another gwctl that is changing this gateway (default: 10)",
     Word::text},
};
constexpr Positional kNewPeering[] = {
    {"NAME", Word::tenant}, {"OTHER", Word::tenant}, {"LOCAL[,LOCAL]=REMOTE[,REMOTE]", Word::text}};
constexpr Positional kOldPeering[] = {{"NAME", Word::tenant}, {"OTHER", Word::tenant}};
constexpr Positional kOldLimit[] = {{"NAME", Word::tenant}, {"LIMIT", Word::limit, true}};
constexpr Positional kTenantAndPeer[] = {{"TENANT", Word::tenant}, {"NAME", Word::text}};
constexpr Option kPeersOptions[] = {
    {"socket", "PATH", "where nvi-peerd answers (/run/nvi-gateway/INODE/peerd.sock)", Word::file},
};
constexpr Option kExportOptions[] = {
    {"server", "NAME",
     "the gateway's name or address as the node reaches it (default: the underlay's address)", Word::text},
};

const Verb kVerbs[] = {
    {"check",
     "read and validate the files; the kernel is not touched",
     "Reads gateway.toml and every tenant's file, and names all that is wrong with them: the file, "
     "line and column, the line itself, and what was expected. Needs no rights.\n"
     "\n"
     "Exit status: 0 if all is well, 2 if not.",
     {},
     {},
     run_check},
    {"plan",
     "every kernel object that apply would add, change or delete",
     "Compares what the files ask for with what the kernel has, and prints each object that differs, "
     "as one would type it: + to be added, ~ to be changed (with what it is now), - to be deleted. "
     "What somebody changed behind the gateway's back shows up here. Nothing is changed.",
     {},
     kPlanOptions,
     run_plan},
    {"apply",
     "make the kernel match the files, then verify",
     "Changes what plan shows, in an order in which no packet of a tenant can leave untranslated or "
     "reach another tenant, whenever it is stopped. Then it observes the kernel again and compares. "
     "Objects that are as they should be are not touched, and neither is anything that the gateway "
     "did not make. If the kernel refuses something, the error names the tenant, the object and the "
     "kernel's reason; what was done stays, and apply finishes the rest when it is run again.\n"
     "\n"
     "With --confirm, a process stays behind that goes back to the last good change, files included, "
     "unless `gwctl confirm` comes in time: who cuts off his own session gets it back.\n"
     "\n"
     "Needs CAP_NET_ADMIN.",
     {},
     kApplyOptions,
     run_apply},
    {"confirm",
     "keep what apply --confirm changed",
     "Ends the wait of `gwctl apply --confirm`: what it changed stays.",
     {},
     kWaitOptions,
     run_confirm},
    {"rollback", "go back to the change before, or to change N of history",
     "Writes the files as they were then and applies them: gateway.toml and the tenants' files, byte for "
     "byte; files of tenants that were not there then are deleted. The files of now are in the history "
     "too, if they were applied. While a change awaits its confirmation: takes it back. If the kernel "
     "refuses, the files are put back.",
     kNumber, kWaitOptions, run_rollback},
    {"history",
     "what was applied: when, by whom, what changed",
     "The last hundred changes, oldest first: whose files were added (+), changed (~) or deleted (-), and "
     "how many kernel objects. Kept in the folder that the key `state` of gateway.toml names "
     "(/var/lib/nvi-gateway).",
     {},
     {},
     run_history},
    {"tenant add", "write a tenant's file and apply that tenant",
     "Writes tenants.d/NAME.toml, checks it against the other tenants' files, and makes the kernel "
     "match this tenant, and only this one. If a check or the kernel refuses, the file is not kept "
     "and what was made is taken back.\n"
     "\n"
     "Example:\n"
     "  gwctl tenant add acme --id 1001 --key 1001 --gateway 10.0.0.1/24 \\\n"
     "        --host 10.0.0.7=172.16.0.11 --floating 203.0.113.10=10.0.0.7 \\\n"
     "        --snat 10.0.0.0/24=203.0.113.20",
     kNewName, kAddOptions, run_tenant_add},
    {"tenant list",
     "names, ids and what is bound to them",
     "A line for each tenant's file. The kernel is not asked.",
     {},
     {},
     run_tenant_list},
    {"tenant show",
     "one tenant: what the file says, what the kernel has",
     "What the tenant's file says, every kernel object that this makes, and which of them is missing "
     "or different (this part needs CAP_NET_ADMIN).",
     kTenantName,
     {},
     run_tenant_show},
    {"tenant remove", "take a tenant out of the kernel and delete its file",
     "Removes the tenant's kernel objects and connections, and then its file. No other tenant loses a "
     "packet.",
     kTenantName, kWaitOptions, run_tenant_remove},
    {"service add", "publish a virtual service, or give it more real servers",
     "Adds the service to the tenant's file, or backends to one that is there, and applies that tenant "
     "alone. "
     "A backend that is there gets the new weight. If a check or the kernel refuses, the file is as it was.\n"
     "\n"
     "Example:\n"
     "  gwctl service add acme tcp:203.0.113.80:80-81=172.16.0.21,172.16.0.22*3",
     kServiceBackends, kServiceOptions, run_service_add},
    {"service drain", "no new connections for a real server",
     "Gives the backend weight 0 in the tenant's file and applies that tenant: it keeps the connections that "
     "it "
     "has.",
     kServiceBackend, kWaitOptions, run_service_drain},
    {"service remove", "take a service away, or one of its real servers",
     "Removes it from the tenant's file and applies that tenant. Connections of a removed backend end; those "
     "of "
     "others go on.",
     kServiceMaybeBackend, kWaitOptions, run_service_remove},
    {"service list",
     "services of a tenant, or of all: backends, weights, traffic",
     "As the files have them, with what the XDP program sent to each (this part needs CAP_NET_ADMIN).",
     kMaybeTenantName,
     {},
     run_service_list},
    {"rule add", "let a tenant's connections in or out, or do not",
     "Adds a firewall rule to the tenant's file and applies that tenant alone: connections that are there "
     "and "
     "that the rules deny now end. The first rule that fits decides; with the first one, connections from "
     "outside need a rule. If a check or the kernel refuses, file and kernel are as they were.\n"
     "\n"
     "Example:\n"
     "  gwctl rule add acme in accept --protocol tcp --ports 80,443 --to 10.0.0.7",
     kNewRule, kRuleOptions, run_rule_add},
    {"rule remove", "take rule N of a tenant away",
     "Removes the rule of that number, as `gwctl rule list` shows it, from the tenant's file, with the "
     "comment "
     "directly above it, and applies that tenant alone.",
     kOldRule, kWaitOptions, run_rule_remove},
    {"rule list",
     "rules of a tenant, or of all, by number",
     "As the files have them, in the order in which they are tried. The kernel is not asked.",
     kMaybeTenantName,
     {},
     run_rule_list},
    {"peering add", "let a tenant and another one reach prefixes of each other, without NAT",
     "Adds the peering to the tenant's file and applies that tenant alone. Nothing passes until the other's "
     "file "
     "says the same from its side. The firewalls of both hold.\n"
     "\n"
     "Example:\n"
     "  gwctl peering add acme globex 10.1.0.0/24=10.2.0.0/24\n"
     "  gwctl peering add globex acme 10.2.0.0/24=10.1.0.0/24",
     kNewPeering, kWaitOptions, run_peering_add},
    {"peering remove", "take a tenant's side of a peering away",
     "Removes the peering from the tenant's file and applies that tenant alone: nothing passes any more, "
     "whatever the other's file says. The tenant's connections that went by it end.",
     kOldPeering, kWaitOptions, run_peering_remove},
    {"peering list",
     "peerings of a tenant, or of all, and whether both sides say so",
     "As the files have them. The kernel is not asked.",
     kMaybeTenantName,
     {},
     run_peering_list},
    {"limit set", "limit what a tenant may take of the machine",
     "Sets the limits that are named in the tenant's file and applies that tenant alone; others stay.\n"
     "\n"
     "Example:\n"
     "  gwctl limit set acme --rate-in 50M --rate-out 50M --new-connections 500",
     kTenantName, kLimitOptions, run_limit_set},
    {"limit remove", "take a limit of a tenant away, or all of them",
     "Removes the limit from the tenant's file, or all of them when none is named, and applies that tenant "
     "alone.",
     kOldLimit, kWaitOptions, run_limit_remove},
    {"limit show",
     "limits of a tenant, or of all",
     "As the files have them; what is not limited is left out. The kernel is not asked.",
     kMaybeTenantName,
     {},
     run_limit_show},
    {"status",
     "is it healthy: module, kernel, objects, drift, offload, drops",
     "Whether the module is there, what is made, how it differs from the files (drift), whether "
     "connections are offloaded, or why not, and how many packets were dropped for which reason.\n"
     "\n"
     "Exit status: 0 if the kernel is as the files say and packets can flow, 1 if not.",
     {},
     {},
     run_status},
    {"stats",
     "packets, bytes, drops and connections, of each tenant or of one",
     "What came from each tenant's tunnel and went to it since it was made (offloaded packets included; "
     "bytes "
     "are of inner Ethernet frames), what its devices dropped, and the connections that conntrack has now. "
     "With --json and net.netfilter.nf_conntrack_acct=1, what these carried, too. What the gateway's "
     "rules dropped is counted by reason, for all tenants together.",
     kSomeTenant,
     {},
     run_stats},
    {"flows",
     "connections of a tenant, or of all, and which are offloaded",
     "A line for each connection that conntrack has in a tenant's zone: where its first packet came from and "
     "went "
     "to, what NAT made of it, and how many packets and bytes it had both ways. An offloaded one is "
     "forwarded by "
     "the flowtable: its packets pass neither rules nor both routings. Needs CAP_NET_ADMIN.",
     kSomeTenant,
     {},
     run_flows},
    {"who",
     "whose a public address and port are: computed, not logged",
     "Prints the tenant that the files give this address, by what, and the host. With floating addresses, "
     "forwards and pools with blocks (RFC 7422) that is one host; with other pools the hosts that share the "
     "address. Nothing is asked of the kernel, so that it holds for any time at which the files were the "
     "same "
     "(gwctl history).\n"
     "\n"
     "Exit status: 0 if it is somebody's, 1 if it is nobody's.\n"
     "\n"
     "Example:\n"
     "  gwctl who 203.0.113.20:31007",
     kPublicPort,
     {},
     run_who},
    {"peers", "nodes behind NAT: where they are, and what was refused",
     "Asks nvi-peerd for every peer of the tenants' files, or of one tenant: whether its keepalives come, "
     "the "
     "address and port that it has outside, the last keepalive, how often it moved, and what was refused in "
     "its name, by reason.\n"
     "\n"
     "Needs root: nvi-peerd answers nobody else.",
     kSomeTenant, kPeersOptions, run_peers},
    {"peer export", "the file that a node behind NAT needs",
     "Prints the configuration of gwpeer for one peer: server, VNI, addresses, MAC and its secret.\n"
     "\n"
     "Example:\n"
     "  (umask 077; gwctl peer export acme branch-1 --server gw.example.net >gwpeer.conf)",
     kTenantAndPeer, kExportOptions, run_peer_export},
    {"down",
     "remove all that it made",
     "Deletes every link, route, rule and nft object that the gateway made, and gives the sysctls and "
     "the rule of the local table back as they were found. Files stay, and so does all that is "
     "somebody else's.",
     {},
     kWaitOptions,
     run_down},
    {"version",
     "the version of the program",
     "The version of the program and of its nft frame.",
     {},
     {},
     run_version},
    {"schema",
     "the JSON Schema of gateway.toml or of a tenant's file",
     "For editors that complete and check TOML: every key, with what it means. Made from the table that the "
     "files are read with. For an editor with Taplo:\n"
     "  gwctl schema tenant > tenant.schema.json\n"
     "  echo '#:schema ../tenant.schema.json' at the top of tenants.d/NAME.toml",
     kFile,
     {},
     run_schema},
    {"completion",
     "the completion script of a shell",
     "Prints a script. For this shell session:\n"
     "  source <(gwctl completion bash)\n"
     "  source <(gwctl completion zsh)\n"
     "  gwctl completion fish | source",
     kShell,
     {},
     run_completion},
    {"help", "what a verb does, and its options", "Without a verb: all verbs.", kVerbName, {}, run_help},
};

}  // namespace

std::span<const Verb> verbs() {
    static const std::vector<Verb> all = [] {
        std::vector<Verb> made(std::begin(kVerbs), std::end(kVerbs));
        const auto status = std::ranges::find(made, std::string_view("status"), &Verb::name);
        const auto bindings = binding_verbs(kWaitOptions);
        made.insert(status, bindings.begin(), bindings.end());
        return made;
    }();
    return all;
}
std::span<const Option> global_options() {
    return kGlobalOptions;
}

const Verb* find_verb(std::span<const std::string> words, size_t& consumed) {
    for (const auto& verb : verbs()) {
        const std::string_view name = verb.name;
        const auto space = name.find(' ');
        if (space == std::string_view::npos) {
            if (words[0] != name) continue;
            consumed = 1;
            return &verb;
        }
        if (words.size() >= 2 && words[0] == name.substr(0, space) && words[1] == name.substr(space + 1)) {
            consumed = 2;
            return &verb;
        }
    }
    return nullptr;
}

}  // namespace nvi::cli
