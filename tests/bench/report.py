#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sums up what tests/bench/forward measured: DIR/samples.jsonl to result.json, result.txt and result.svg.

The marginal cost of a packet is its time less that of one that is dropped at ingress, in the same machine, of the same
size and direction: medians, and as spread the distance between the quartiles.

usage: report.py DIR
"""

import json
import statistics
import sys

DIRECTIONS = {"in": "inbound", "out": "outbound", "both": "both", "new": "new"}

# (text, case, other case, upper bound of case ÷ other)
BARS = [
    ("offloaded ÷ single table, flowtable", "gateway, flowtable", "single table, flowtable", {"in": 1.0, "out": 1.25}),
    ("offloaded ÷ namespace, flowtable", "gateway, flowtable", "namespace, flowtable", {"in": 0.9, "out": 0.9}),
    ("slow path ÷ namespace", "gateway", "namespace", {"in": 1.1, "out": 1.1}),
    ("slow path ÷ VRF + veth", "gateway", "VRF + veth", {"in": 0.6, "out": 0.6}),
    ("10,000 tenants ÷ 1, vxlan", "gateway, 10000 tenants (vxlan)", "gateway (vxlan, beside 10000)", {"in": 1.15, "out": 1.15}),
    ("10,000 tenants ÷ 1, vxlan, offloaded", "gateway, flowtable, 10000 tenants (vxlan)",
     "gateway, flowtable (vxlan, beside 10000)", {"in": 1.15, "out": 1.15}),
    ("10,000 tenants ÷ 1, gretap", "gateway, 10000 tenants", "gateway (beside 10000)", {"in": 1.3, "out": 1.3}),
    ("10,000 tenants ÷ 1, gretap, offloaded", "gateway, flowtable, 10000 tenants", "gateway, flowtable (beside 10000)",
     {"in": 1.3, "out": 1.3}),
    ("1,000 tenants ÷ 1, gretap", "gateway, 1000 tenants", "gateway (beside 1000)", {"in": 1.3, "out": 1.3}),
    ("1,000 tenants ÷ 1, gretap, offloaded", "gateway, flowtable, 1000 tenants", "gateway, flowtable (beside 1000)",
     {"in": 1.3, "out": 1.3}),
]
# New connections a second, so a lower bound: (text, case, other case, bound)
NEW_BAR = ("new connections a second ÷ single table", "gateway", "single table", 0.9)


def read(path):
    """{(group, case, flows, direction): [ns, …]}, {(group, case, flows): offloaded flows}, failures"""
    samples, offloaded, failed, group = {}, {}, [], 0
    with open(path) as file:
        for line in file:
            row = json.loads(line)
            if "group" in row:
                group = row["group"]
            elif "failed" in row:
                failed.append(row)
            elif "offloaded" in row:
                offloaded[group, row["case"], row["flows"]] = row["offloaded"]
            else:
                samples.setdefault((group, row["case"], row["flows"], row["direction"]), []).append(row["ns"])
    return samples, offloaded, failed


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def rows_of(samples, offloaded):
    rows = []
    for (group, case, flows, direction), values in samples.items():
        floor = samples.get((group, "drop", flows, direction), [0.0])
        low, high = quartiles(values)
        median = statistics.median(values)
        rows.append({"group": group, "case": case, "flows": flows, "direction": direction, "samples": len(values),
                     "ns": round(median, 1), "spread": round(high - low, 1), "kpps": round(1e6 / median, 1),
                     "marginal_ns": None if direction == "new" else round(median - statistics.median(floor), 1),
                     "offloaded_flows": offloaded.get((group, case, flows))})
    return rows


def bars_of(rows):
    """Ratios of marginal costs at the flows that both have, the most telling (64, else the largest)."""
    found = {(row["case"], row["flows"], row["direction"]): row for row in rows if row["case"] != "drop"}
    result = []
    for text, case, other, bounds in BARS:
        flows = sorted({f for (c, f, _) in found if c == case} & {f for (c, f, _) in found if c == other})
        for count in flows:
            for direction, bound in bounds.items():
                a, b = found.get((case, count, direction)), found.get((other, count, direction))
                if a and b:
                    ratio = a["marginal_ns"] / b["marginal_ns"]
                    result.append({"bar": f"{text}, {DIRECTIONS[direction]}, {count} flows", "ratio": round(ratio, 2),
                                   "bound": f"<= {bound}", "met": ratio <= bound})
    text, case, other, bound = NEW_BAR
    news = {row["case"]: row for row in rows if row["direction"] == "new"}
    if case in news and other in news:
        ratio = news[other]["ns"] / news[case]["ns"]
        result.append({"bar": text, "ratio": round(ratio, 2), "bound": f">= {bound}", "met": ratio >= bound})
    return result


def text_of(rows, bars, failed):
    lines = []
    for group, flows in sorted({(row["group"], row["flows"]) for row in rows if row["direction"] != "new"}, key=str):
        lines.append(f"\n{group}: {flows} flows, marginal ns a packet (spread) and thousand packets a second")
        lines.append(f"{'':44}" + "".join(f"{DIRECTIONS[d]:>24}" for d in ("in", "out", "both")))
        cases = {}
        for row in rows:
            if (row["group"], row["flows"]) == (group, flows) and row["direction"] != "new":
                cases.setdefault(row["case"], {})[row["direction"]] = row
        for case, by_direction in cases.items():
            cells = []
            for direction in ("in", "out", "both"):
                row = by_direction.get(direction)
                cells.append(f"{row['marginal_ns']:8.0f} ({row['spread']:.0f}){row['kpps']:8.0f} k" if row else "")
            lines.append(f"{case:44}" + "".join(f"{cell:>24}" for cell in cells))
    news = [row for row in rows if row["direction"] == "new"]
    if news:
        lines.append("\nnew connections: ns each (packet in, reply, packet in), and a second")
        lines += [f"{row['case']:44}{row['ns']:10.0f} ({row['spread']:.0f}){1e9 / row['ns']:12.0f}" for row in news]
    if bars:
        lines.append("\nratios")
        lines += [f"{bar['bar']:72}{bar['ratio']:7.2f}  {bar['bound']:8} {'met' if bar['met'] else 'NOT MET'}" for bar in bars]
    lines += [f"\nFAILED {row['case']}: {row['failed']}" for row in failed]
    return "\n".join(lines).lstrip("\n") + "\n"


def svg_of(rows):
    """Bars of marginal cost at 64 flows: inbound over outbound, a set-up a row."""
    first = rows[0]["group"] if rows else None
    shown = {}
    for row in rows:
        if row["group"] == first and row["flows"] == 64 and row["case"] != "drop" and row["marginal_ns"] is not None:
            shown.setdefault(row["case"], {})[row["direction"]] = row["marginal_ns"]
    if not shown:
        return "<svg xmlns='http://www.w3.org/2000/svg'/>\n"
    top = max(max(values.values()) for values in shown.values())
    left, width, step = 240, 420, 30
    height = 50 + step * len(shown) + 30
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{left + width + 70}' height='{height}' "
           "font-family='sans-serif' font-size='12'>",
           f"<rect width='{left + width + 70}' height='{height}' fill='white'/>",
           "<text x='10' y='20' font-size='14'>Marginal nanoseconds a packet (64-byte UDP, 64 flows; less is better)</text>",
           f"<rect x='{left}' y='30' width='10' height='10' fill='#33658a'/><text x='{left + 14}' y='39'>inbound</text>",
           f"<rect x='{left + 90}' y='30' width='10' height='10' fill='#86bbd8'/><text x='{left + 104}' y='39'>outbound</text>"]
    for place, (case, values) in enumerate(shown.items()):
        y = 52 + step * place
        weight = " font-weight='bold'" if case.startswith("gateway") else ""
        out.append(f"<text x='{left - 8}' y='{y + 15}' text-anchor='end'{weight}>{case}</text>")
        for offset, direction, color in ((0, "in", "#33658a"), (11, "out", "#86bbd8")):
            if direction in values:
                length = width * max(values[direction], 0) / top
                out.append(f"<rect x='{left}' y='{y + offset}' width='{length:.1f}' height='10' fill='{color}'/>")
                out.append(f"<text x='{left + length + 4:.1f}' y='{y + offset + 9}' font-size='10'>{values[direction]:.0f}</text>")
    return "\n".join(out) + "\n</svg>\n"


def main():
    directory = sys.argv[1]
    samples, offloaded, failed = read(f"{directory}/samples.jsonl")
    rows = rows_of(samples, offloaded)
    bars = bars_of(rows)
    with open(f"{directory}/result.json", "w") as file:
        json.dump({"rows": rows, "ratios": bars, "failed": failed}, file, indent=1)
    text = text_of(rows, bars, failed)
    with open(f"{directory}/result.txt", "w") as file:
        file.write(text)
    with open(f"{directory}/result.svg", "w") as file:
        file.write(svg_of(rows))
    print(text, end="")


main()
