// The session that is shown: its gauge, its sums, and what can be done with it.
const shown = { sessions: [], chosen: null, providers: new Map() };

function sessionShown() {
  const chosen = shown.sessions.find((each) => each.id === shown.chosen);
  return chosen ?? shown.sessions.find((each) => each.is_active) ?? shown.sessions[0] ?? null;
}

function drawSessions(sessions) {
  shown.sessions = sessions;
  const session = sessionShown();
  const choice = at("session-choice");
  const options = sessions.map((each) => element("option", { value: each.id, selected: each.id === session?.id }, each.is_active ? `${each.name} (active)` : each.name));
  choice.replaceChildren(...options);
  choice.disabled = !sessions.length;
  drawSession(session);
}

function drawSession(session) {
  const body = at("session-body");
  if (!session) {
    body.replaceChildren(element("p", { class: "muted" }, "No session yet: calls are counted all the same. A session shows how full the context is."));
    return;
  }
  const provider = shown.providers.get(session.provider_name);
  const estimated = session.is_context_estimated;
  body.replaceChildren(
    element("p", { class: "name" }, session.name, element("small", {}, [provider?.icon, session.model_in_use ?? session.model ?? session.provider_name ?? "any model"].filter(Boolean).join(" "))),
    gauge(session),
    element(
      "p",
      { class: "muted" },
      session.context_used_tokens === null ? "The context of the last call is not known. " : `${count(session.context_used_tokens)} of ${count(session.context_limit_tokens)} tokens of context `,
      badge(session.context_used_tokens === null ? "none" : estimated || session.open_requests ? "est" : "real"),
    ),
    facts({
      "Tokens in": count(session.input_tokens),
      "Tokens out": count(session.output_tokens),
      "Cache read": count(session.cache_read_tokens),
      "Cache written": count(session.cache_write_tokens),
      Cost: dollars(session.list_cost, session.unpriced_requests > 0),
      Calls: session.open_requests ? `${count(session.requests)} (${session.open_requests} open)` : count(session.requests),
    }),
    actions(session),
  );
}

function gauge(session) {
  const ratio = Math.min(1, session.context_used_ratio ?? 0);
  const percent = Math.round((session.context_used_ratio ?? 0) * 1000) / 10;
  const fill = dated(element("div", { class: "fill" }), { gauge: session.gauge });
  fill.style.width = `${ratio * 100}%`;
  const ticks = [80, 90, 95].map((place) => {
    const tick = element("div", { class: "tick" });
    tick.style.left = `${place}%`;
    return tick;
  });
  return element("div", { class: "gauge", role: "meter", "aria-label": "Context used", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.min(100, percent), "aria-valuetext": `${percent} percent, ${session.gauge}`, title: `${percent} %` }, fill, ...ticks);
}

function badge(kind) {
  const words = { est: ["EST", "our own count, until the provider's comes"], real: ["REAL", "counted by the provider"], none: ["NONE", "counted by nobody"], cut: ["PART", "a cut answer: what had been reported"] };
  const [text, title] = words[kind];
  return element("span", { class: `badge ${kind}`, title }, text);
}

function facts(values) {
  return element("dl", { class: "facts" }, ...Object.entries(values).map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, value))));
}

function actions(session) {
  const path = `/api/sessions/${encodeURIComponent(session.id)}`;
  const act = (words, does, properties = {}) => {
    const button = element("button", { type: "button", ...properties }, words);
    button.addEventListener("click", does);
    return button;
  };
  const named = `session=${encodeURIComponent(session.id)}`;
  return element(
    "div",
    { class: "actions" },
    act("Make active", () => change(`${path}/activate`, {}), { disabled: session.is_active }),
    act("Rename", () => openRename(session)),
    act("End", () => confirm(`End the session ${session.name}? Its figures stay.`) && change(`${path}/end`, {})),
    element("a", { href: linked(`/api/export/csv?${named}`), download: "session.csv" }, "CSV"),
    element("a", { href: linked(`/api/export/json?${named}`), download: "session.json" }, "JSON"),
  );
}

async function change(path, body) {
  try {
    await ask(path, body);
    refresh();
  } catch (error) {
    warn("critical", error.message);
  }
}

function openRename(session) {
  const dialog = at("rename");
  at("rename-name").value = session.name;
  at("rename-error").textContent = "";
  dialog.querySelector("form").onsubmit = async (event) => {
    event.preventDefault();
    try {
      await ask(`/api/sessions/${encodeURIComponent(session.id)}/rename`, { name: at("rename-name").value });
      dialog.close();
      refresh();
    } catch (error) {
      at("rename-error").textContent = error.message;
    }
  };
  at("rename-cancel").onclick = () => dialog.close();
  dialog.showModal();
}

at("session-choice").addEventListener("change", (event) => {
  shown.chosen = event.target.value;
  drawSession(sessionShown());
});
