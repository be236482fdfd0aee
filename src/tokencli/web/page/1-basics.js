// Asking tokencli, and words and elements for what it answers. Text from outside is only ever set as text.
const token = (() => {
  const address = new URL(location.href);
  const given = address.searchParams.get("token") ?? sessionStorage.getItem("token");
  if (address.searchParams.has("token")) {
    sessionStorage.setItem("token", given);
    address.searchParams.delete("token");
    history.replaceState(null, "", address);
  }
  return given;
})();

// What a browser says of a server that is gone differs, and helps nobody.
async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Error("tokencli does not answer: is 'tokencli serve' still running?");
  }
}

async function ask(path, body) {
  const headers = token ? { "x-tokencli-token": token } : {};
  const options = body === undefined ? { headers } : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await reach(path, options);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error?.message ?? `the answer is ${answer.status}`);
  return told;
}

const linked = (path) => (token ? `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}` : path);
const at = (id) => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key === "class") made.className = value;
    else if (key in made && !key.startsWith("aria") && key !== "role") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function dated(element, values) {
  for (const [key, value] of Object.entries(values)) element.dataset[key] = value;
  return element;
}

const number = new Intl.NumberFormat("en-US");
const count = (value) => (value === null || value === undefined ? "-" : number.format(value));
const seconds = (value) => (value === null || value === undefined ? "" : value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`);

function context(tokens) {
  if (tokens === null || tokens === undefined) return "?";
  if (tokens >= 1e6) return `${Math.round(tokens / 104857.6) / 10}M`;
  return tokens % 1024 === 0 ? `${tokens / 1024}K` : `${Math.round(tokens / 1000)}K`;
}

// Money comes as a string with every digit; it is cut for show and never added up here.
function dollars(text, isLowerBound = false) {
  if (text === null || text === undefined) return "unpriced";
  const value = Number(text);
  const places = value >= 10 || value === 0 ? 2 : value >= 0.01 ? 4 : 6;
  const shown = value > 0 && value < 0.0000005 ? "<$0.000001" : `$${value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })}`;
  return isLowerBound ? `\u2265 ${shown}` : shown;
}

const wholeDollars = (text) => `$${Number(text).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
// Times come in the user's zone: the text is shown as it is, with its day where that is not the newest one's.
const clock = (text, today) => (text ? (text.slice(0, 10) === today ? text.slice(11, 19) : text.slice(0, 16).replace("T", " ")) : "");

function throttled(work, everyMs) {
  let timer = null;
  let isWanted = false;
  const run = async () => {
    isWanted = false;
    try {
      await work();
    } finally {
      timer = setTimeout(() => {
        timer = null;
        if (isWanted) run();
      }, everyMs);
    }
  };
  return () => {
    isWanted = true;
    if (timer === null) {
      timer = -1;
      run();
    }
  };
}
