// Charts, by Plotly, which is loaded when the first of them comes into view.
let plotlyLoading = null;
let chartPeriod = "30d";
let chartsSeen = false;

function plotly() {
  plotlyLoading ??= (async () => {
    const answer = await reach("/static/plotly.js", { headers: token ? { "x-tokencli-token": token } : {} });
    const address = URL.createObjectURL(new Blob([await answer.arrayBuffer()], { type: "text/javascript" }));
    await new Promise((done, failed) => {
      const script = element("script", { src: address, onload: done, onerror: () => failed(new Error("The charts cannot be drawn: their library did not load.")) });
      document.head.append(script);
    });
    URL.revokeObjectURL(address);
    return window.Plotly;
  })().catch((error) => {
    plotlyLoading = null; // the next chart asks again
    throw error;
  });
  return plotlyLoading;
}

const cannotDraw = (error) => warn("caution", error.message);

const color = (name) => getComputedStyle(at("color-probe-" + name) ?? probe(name)).color;

function probe(name) {
  const made = element("span", { id: "color-probe-" + name, hidden: true });
  made.style.color = `var(--${name})`;
  document.body.append(made);
  return made;
}

const series = (place) => color(`series-${(place % 8) + 1}`);

function layout(more = {}) {
  const axis = { gridcolor: color("track"), linecolor: color("line"), zerolinecolor: color("line"), fixedrange: true };
  return { margin: { l: 52, r: 8, t: 8, b: 36 }, paper_bgcolor: "transparent", plot_bgcolor: "transparent", font: { family: "system-ui, sans-serif", size: 12, color: color("muted") }, showlegend: true, legend: { orientation: "h", y: -0.18 }, barmode: "stack", hovermode: "x unified", ...more, xaxis: { ...axis, ...more.xaxis }, yaxis: { ...axis, rangemode: "tozero", ...more.yaxis } };
}

async function draw(id, traces, more) {
  const place = at(id);
  const isEmpty = !traces.some((trace) => trace.x.length && trace.y.length);
  place.classList.toggle("empty", isEmpty);
  if (isEmpty) {
    window.Plotly?.purge(place);
    place.textContent = "No calls in this period.";
    return;
  }
  if (!place.classList.contains("js-plotly-plot")) place.textContent = "";
  const library = await plotly();
  await library.react(place, traces, layout(more), { displayModeBar: false, responsive: true });
}

async function drawCharts() {
  if (!chartsSeen) return;
  const period = `period=${chartPeriod}`;
  const report = (by) => ask(`/api/report?${period}&by=${by}`);
  const [byDayModel, byDay, byModel, byAgent, activity] = await Promise.all([report("day,model"), report("day"), report("model"), report("agent"), ask(`/api/dashboard/timeline/activity?${period}`)]);
  const days = byDay.rows.map((row) => row.key.day);
  const models = byModel.rows.map((row) => row.key.model);
  const first = models.slice(0, 7);
  const costs = new Map([...first, null].map((model) => [model, days.map(() => 0)]));
  const place = new Map(days.map((day, index) => [day, index]));
  for (const row of byDayModel.rows) {
    const line = costs.get(first.includes(row.key.model) ? row.key.model : null);
    line[place.get(row.key.day)] += Number(row.list_cost ?? 0);
  }
  const isAny = (line) => line.some((value) => value > 0);
  await draw("chart-cost", [...costs].filter(([, line]) => isAny(line)).map(([model, line], index) => ({ type: "bar", name: model ?? "others", x: days, y: line, marker: { color: series(index) } })), { yaxis: { tickprefix: "$" } });
  const tokens = (name, words, index) => ({ type: "bar", name: words, x: byDay.totals.requests ? days : [], y: byDay.rows.map((row) => row[name] ?? 0), marker: { color: series(index) } });
  await draw("chart-tokens", [tokens("input_tokens", "in", 0), tokens("output_tokens", "out", 2)]);
  await draw("chart-models", [ranked(byModel.rows, "model")], { showlegend: false, hovermode: "closest", margin: { l: 150, r: 12, t: 8, b: 30 }, xaxis: { tickprefix: "$" }, yaxis: { automargin: true } });
  await draw("chart-agents", [ranked(byAgent.rows, "agent")], { showlegend: false, hovermode: "closest", margin: { l: 150, r: 12, t: 8, b: 30 }, xaxis: { tickprefix: "$" }, yaxis: { automargin: true } });
  const busy = activity.some((row) => row.messages);
  const line = (name, words, index) => ({ type: "scatter", mode: "lines", name: words, x: busy ? activity.map((row) => row.date) : [], y: activity.map((row) => row[name]), line: { color: series(index), width: 2 } });
  await draw("chart-activity", [line("messages", "calls", 0), line("threads", "sessions", 1)]);
  await drawEstimates();
}

function ranked(rows, name) {
  const found = rows.filter((row) => Number(row.list_cost ?? 0) > 0).slice(0, 10).reverse();
  const words = (text) => (text === null ? "(none)" : text.length > 24 ? `${text.slice(0, 23)}\u2026` : text);
  return { type: "bar", orientation: "h", width: found.map(() => Math.min(0.7, 0.14 * found.length)), x: found.map((row) => Number(row.list_cost)), y: found.map((row) => words(row.key[name])), customdata: found.map((row) => row.key[name] ?? "(none)"), hovertemplate: "%{customdata}: $%{x:.4f}<extra></extra>", marker: { color: series(0) } };
}

async function drawEstimates() {
  if (!chartsSeen) return;
  const both = [...calls.values()].filter((call) => call.usage?.basis === "reported" && call.estimate?.input_tokens);
  const most = Math.max(1, ...both.map((call) => Math.max(call.usage.input_tokens, call.estimate.input_tokens)));
  const points = { type: "scatter", mode: "markers", name: "calls", x: both.map((call) => call.usage.input_tokens), y: both.map((call) => call.estimate.input_tokens), text: both.map((call) => call.response_model ?? call.request_model ?? ""), hovertemplate: "%{text}: %{y} estimated, %{x} counted<extra></extra>", marker: { color: series(0), size: 8 } };
  const even = { type: "scatter", mode: "lines", name: "exact", x: both.length ? [0, most] : [], y: [0, most], line: { color: color("muted"), dash: "dot", width: 1 }, hoverinfo: "skip" };
  await draw("chart-estimates", [points, even], { hovermode: "closest", showlegend: false, xaxis: { title: { text: "counted by the provider" }, rangemode: "tozero" }, yaxis: { title: { text: "estimated" } }, margin: { l: 62, r: 8, t: 8, b: 46 } });
}

const chartsSoon = throttled(() => drawCharts().catch(cannotDraw), 5000);

new IntersectionObserver((entries, observer) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  observer.disconnect();
  chartsSeen = true;
  chartsSoon();
}, { rootMargin: "200px" }).observe(at("charts"));

at("periods").addEventListener("click", (event) => {
  const period = event.target.dataset.period;
  if (!period) return;
  chartPeriod = period;
  for (const button of at("periods").children) button.setAttribute("aria-pressed", String(button.dataset.period === period));
  drawCharts().catch(cannotDraw);
});
