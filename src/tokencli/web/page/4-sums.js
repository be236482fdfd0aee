// What was spent and used: against the limits, and today beside the week and the month.
const PERIODS = { day: "Today", week: "This week", month: "This month" };

function bar(words, figure, ratio, level) {
  const fill = element("i");
  fill.style.width = `${Math.min(100, (ratio ?? 0) * 100)}%`;
  const track = element("div", { class: "track", role: "meter", "aria-label": words, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(Math.min(100, (ratio ?? 0) * 100)), "aria-valuetext": figure }, fill);
  return dated(element("div", { class: "bar" }, element("span", {}, words), element("span", { class: "figure" }, figure), track), { level });
}

function drawThresholds(thresholds, totals) {
  const limited = new Map(thresholds.map((each) => [each.name, each]));
  const bars = Object.entries(PERIODS).map(([name, words]) => {
    const limit = limited.get(name);
    const spent = dollars(totals[name].list_cost, totals[name].unpriced_requests > 0);
    return limit ? bar(words, `${spent} of ${wholeDollars(limit.limit)}`, limit.ratio, limit.level) : bar(words, spent, 0, "ok");
  });
  at("thresholds").replaceChildren(...bars);
}

function drawSums(totals, threads) {
  const rows = [
    ["Calls", (each) => count(each.requests)],
    ["Failed", (each) => count(each.errors)],
    ["Sessions", (_, name) => count(threads?.[name])],
    ["Tokens in", (each) => count(each.input_tokens)],
    ["of these cached", (each) => count(each.cache_read_tokens)],
    ["Tokens out", (each) => count(each.output_tokens)],
    ["Estimated calls", (each) => count(each.estimated_requests)],
    ["Unpriced calls", (each) => count(each.unpriced_requests)],
    ["Cost", (each) => dollars(each.list_cost, each.unpriced_requests > 0)],
  ];
  const body = rows.map(([words, figure]) => element("tr", {}, element("th", { scope: "row" }, words), ...Object.keys(PERIODS).map((name) => element("td", {}, figure(totals[name], name)))));
  at("sums-table").tBodies[0].replaceChildren(...body);
}

function drawRates(rates) {
  const used = rates.filter((each) => each.limit !== null).sort((a, b) => b.ratio - a.ratio || a.provider_name.localeCompare(b.provider_name));
  const level = (each) => (each.ratio >= 0.95 ? "over" : each.ratio >= 0.875 ? "warning" : "ok");
  at("rates-list").replaceChildren(...used.map((each) => element("li", {}, bar([shown.providers.get(each.provider_name)?.icon, each.provider_name].filter(Boolean).join(" "), `${each.used} of ${each.limit} a minute`, each.ratio, level(each)))));
}

function drawFindings(findings) {
  at("findings").hidden = false;
  const items = findings.map((each) => dated(element("li", {}, each.message, element("small", {}, each.advice ?? "")), { severity: each.severity }));
  at("findings-list").replaceChildren(...(items.length ? items : [element("li", {}, "Nothing to say.")]));
}

function warn(level, words) {
  const close = element("button", { type: "button", "aria-label": "Close" }, "\u00d7");
  const line = element("p", { class: level }, element("span", {}, words), close);
  close.addEventListener("click", () => line.remove());
  const box = at("warnings");
  for (const each of box.children) if (each.firstChild.textContent === words) each.remove();
  box.prepend(line);
  while (box.children.length > 4) box.lastChild.remove();
}
