// The new-session dialogue: models by provider, searched as one types; a session begins when a model is chosen.
const BADGES = { tool_use: "\u{1f527}", thinking: "\u{1f9e0}", vision: "\u{1f441}\ufe0f", image_in: "\u{1f441}\ufe0f", video_in: "\u{1f3ac}", multimodal: "\u{1f5bc}\ufe0f", autocomplete: "\u26a1", reasoning: "\u{1f4a1}", coding: "\u{1f4bb}", ultra_fast: "\u{1f680}" };
let models = [];
let chosenModel = null;

async function openDialog() {
  chosenModel = null;
  at("dialog-name").value = "";
  at("dialog-search").value = "";
  at("dialog-error").textContent = "";
  at("dialog").showModal();
  at("dialog-search").focus();
  try {
    models = (await ask("/api/models")).models;
  } catch (error) {
    at("dialog-error").textContent = error.message;
  }
  drawModels();
}

function matches(model, words) {
  const text = [model.key, model.model, model.provider_name, context(model.context_limit_tokens), ...model.capabilities].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

function drawModels() {
  const words = at("dialog-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = models.filter((model) => matches(model, words));
  if (chosenModel && !found.some((model) => model.key === chosenModel)) chosenModel = null;
  const groups = Map.groupBy ? Map.groupBy(found, (model) => model.provider_name) : grouped(found);
  const parts = [...groups].flatMap(([name, some]) => [heading(name), ...some.map(option)]);
  at("dialog-models").replaceChildren(...(parts.length ? parts : [element("p", { class: "muted" }, models.length ? "No model is like that." : "config.toml has no models: 'tokencli config init' writes one.")]));
  at("dialog-begin").disabled = chosenModel === null;
}

function grouped(found) {
  const groups = new Map();
  for (const model of found) groups.set(model.provider_name, [...(groups.get(model.provider_name) ?? []), model]);
  return groups;
}

function heading(name) {
  const provider = shown.providers.get(name);
  const made = element("h3", {}, [provider?.icon, name].filter(Boolean).join(" "), provider && !provider.has_key ? element("small", { class: "muted" }, " no key") : null);
  if (provider?.color && CSS.supports("color", provider.color)) made.style.setProperty("--of-provider", provider.color);
  return made;
}

function option(model) {
  const isChosen = model.key === chosenModel;
  const button = element("button", { type: "button", role: "radio", "aria-checked": String(isChosen), tabIndex: isChosen || chosenModel === null ? 0 : -1 });
  const chips = model.capabilities.map((each) => element("span", { class: "chip" }, [BADGES[each], each.replaceAll("_", " ")].filter(Boolean).join(" ")));
  button.append(element("span", { class: "what" }, model.key), element("span", { class: "chips" }, ...chips), element("small", {}, context(model.context_limit_tokens)));
  dated(button, { model: model.key });
  return button;
}

function choose(key) {
  chosenModel = key;
  drawModels();
  at("dialog-models").querySelector(`[aria-checked="true"]`)?.focus();
}

at("dialog-models").addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.model;
  if (key) choose(key);
});
at("dialog-models").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...at("dialog-models").querySelectorAll("button")];
  const place = buttons.indexOf(document.activeElement);
  choose(buttons[(place + step + buttons.length) % buttons.length].dataset.model);
});
at("dialog-search").addEventListener("input", drawModels);
at("dialog-search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
  if (event.key === "ArrowDown") at("dialog-models").querySelector("button")?.focus();
});
at("dialog-cancel").addEventListener("click", () => at("dialog").close());
at("dialog").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!chosenModel) return;
  const name = at("dialog-name").value.trim();
  try {
    const begun = await ask("/api/sessions", { model: chosenModel, ...(name ? { name } : {}) });
    shown.chosen = begun.id;
    at("dialog").close();
    refresh();
  } catch (error) {
    at("dialog-error").textContent = error.message;
  }
});
at("new-session").addEventListener("click", openDialog);
