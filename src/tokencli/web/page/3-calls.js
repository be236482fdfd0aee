// The last calls: an estimate while a call is under way, then what the provider counted, in the same row.
const MOST_ROWS = 50;
const calls = new Map();
let callsDrawn = false;

function keepOpened(call) {
  if (!calls.has(call.event_id)) calls.set(call.event_id, { ...call, isOpen: true });
  drawCallsSoon();
}

function keepSettled(call) {
  calls.delete(call.event_id);
  calls.set(call.event_id, call);
  drawCallsSoon();
}

function keepState(state) {
  calls.clear();
  for (const call of [...state.calls].reverse()) calls.set(call.event_id, call);
  for (const call of [...state.open_calls].reverse()) calls.set(call.event_id, { ...call, isOpen: true });
  drawCallsSoon();
}

function drawCallsSoon() {
  if (callsDrawn) return;
  callsDrawn = true;
  requestAnimationFrame(() => {
    callsDrawn = false;
    drawCalls();
  });
}

function drawCalls() {
  const rows = [...calls.values()].sort((a, b) => Date.parse(b.occurred_at) - Date.parse(a.occurred_at)).slice(0, MOST_ROWS);
  const kept = new Set(rows.map((call) => call.event_id));
  for (const id of calls.keys()) if (!kept.has(id)) calls.delete(id);
  at("calls-table").tBodies[0].replaceChildren(...rows.map((call) => callRow(call, rows[0].occurred_at?.slice(0, 10))));
  const open = rows.filter((call) => call.isOpen).length;
  at("calls-count").textContent = !rows.length ? "None yet: point a client here." : open ? `${open} under way` : "";
}

function callRow(call, today) {
  const kind = kindOf(call);
  const counted = kind === "est" ? { input: call.usage?.input_tokens ?? call.estimate?.input_tokens ?? call.estimated_input_tokens, output: call.usage?.output_tokens ?? call.estimate?.output_tokens } : { input: call.usage?.input_tokens, output: call.usage?.output_tokens };
  const session = shown.sessions.find((each) => each.id === call.session_id);
  const cell = (text, name) => element("td", { class: name }, text);
  const model = call.response_model ?? call.request_model ?? call.provider_name ?? "";
  const end = call.isOpen ? "" : call.finish === "ok" ? "" : [call.finish, call.error_type].filter(Boolean).join(": ");
  return dated(
    element(
      "tr",
      {},
      element("td", { title: call.occurred_at }, clock(call.occurred_at, today)),
      element("td", { title: call.provider_name ?? "" }, [shown.providers.get(call.provider_name)?.icon, model].filter(Boolean).join(" ")),
      cell(session?.name ?? call.session_id ?? ""),
      cell(count(counted.input), "number"),
      cell(call.usage?.cache_read_tokens ? count(call.usage.cache_read_tokens) : "", "number"),
      cell(count(counted.output), "number"),
      element("td", {}, badge(kind)),
      cell(call.isOpen ? "" : dollars(call.list_cost), "number"),
      cell(seconds(call.time_to_first_token_s), "number"),
      cell(seconds(call.duration_s), "number"),
      cell(end, end ? "bad" : ""),
    ),
    { call: call.event_id },
  );
}

function kindOf(call) {
  if (call.isOpen) return "est";
  const basis = call.usage?.basis;
  if (basis === "reported") return "real";
  if (basis === "partial") return "cut";
  return basis === "estimated" || call.estimate?.input_tokens ? "est" : "none";
}
