// The connection: how things stand first, then each event; after a break it comes back by itself and starts anew.
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
let retries = 0;
let socket = null;

function state(name, words) {
  dated(at("connection"), { state: name });
  at("connection").querySelector(".words").textContent = words;
}

function drawState(told) {
  drawSessions(told.sessions);
  drawThresholds(told.thresholds, told.totals);
  drawSums(told.totals, told.session_counts);
  drawRates(told.rate_limits);
  keepState(told);
  at("about").textContent = `tokencli ${told.version}. Days are those of ${told.time_zone}. Costs are list prices of the day of each call; nothing leaves this machine.`;
  if (!document.body.dataset.ready) performance.mark("figures");
  document.body.dataset.ready = "true";
}

const refresh = throttled(async () => {
  try {
    drawState(await ask("/api/live"));
    drawEstimates().catch(cannotDraw);
  } catch (error) {
    warn("caution", error.message);
  }
}, 700);

const hear = {
  init: (event) => {
    drawState(event);
    chartsSoon();
    findings();
  },
  metric: (event) => keepOpened(event.call),
  metric_updated: (event) => {
    keepSettled(event.call);
    refresh();
    chartsSoon();
  },
  log_metric: () => {
    refresh();
    chartsSoon();
  },
  new_session: () => refresh(),
  session_changed: () => refresh(),
  streaming_error: (event) => warn("caution", `A call ended badly: ${event.error_type ?? "unknown"} (tokencli explain ${event.event_id})`),
  context_warning: (event) => {
    const session = shown.sessions.find((each) => each.id === event.session_id);
    warn(event.gauge, `The context of ${session?.name ?? "a session"} is ${Math.round(event.ratio * 100)} % full.`);
  },
  threshold: (event) => {
    warn(event.level, `This ${event.name}'s limit of ${wholeDollars(event.limit)} stands at ${dollars(event.spent)}.`);
    refresh();
  },
};

function connect() {
  const address = new URL(linked("/ws"), location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    retries = 0;
    state("live", "live");
  });
  socket.addEventListener("message", (message) => {
    const event = JSON.parse(message.data);
    hear[event.type]?.(event);
  });
  socket.addEventListener("close", () => {
    state("lost", "connection lost, trying again");
    setTimeout(connect, RETRY_MS[Math.min(retries, RETRY_MS.length - 1)]);
    retries += 1;
  });
}

async function findings() {
  try {
    drawFindings((await ask("/api/findings")).findings);
  } catch {
    at("findings").hidden = true;
  }
}

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  at("theme").textContent = isDark ? "Light" : "Dark";
  at("theme").setAttribute("aria-label", isDark ? "Use the light theme" : "Use the dark theme");
}

at("theme").addEventListener("click", () => {
  const next = at("theme").textContent.toLowerCase();
  localStorage.setItem("theme", next);
  applyTheme(next);
  drawCharts().catch(cannotDraw);
});
applyTheme(localStorage.getItem("theme"));
connect();
ask("/api/providers").then((told) => {
  shown.providers = new Map(told.providers.map((each) => [each.name, each]));
  drawSessions(shown.sessions);
  drawCallsSoon();
}, (error) => warn("caution", error.message));
