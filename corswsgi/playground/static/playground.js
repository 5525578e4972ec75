// The control page. Its laws: nothing runs before the user asks for it, neither on load nor from a link. Text of a server
// or a link becomes text, never markup. The verdict is the browser's, and simulated results are marked.

const $ = (id) => document.getElementById(id);
const MAX_LINK = 8192; // characters of a shared state
const OWN = "own";
const PAGES = {
  front: "Front end", stranger: "A stranger", other: "Another site", null: "A sandboxed frame",
};
const SHORT_PAGES = { front: "Front end", stranger: "Stranger", other: "Other site", null: "Sandbox" };
const SERVERS = {
  "table": "the table, by corswsgi",
  "report": "the table; reports writes of strangers",
  "refuse": "the table; refuses writes of strangers",
  "echo": "by hand: echoes any origin",
  "check-start": "by hand: compares the start",
  "forget-preflights": "by hand: forgets preflights",
  "forget-vary": "by hand: forgets Vary",
};
const VERDICTS = {
  "read": { tone: "ok", sign: "✓", short: "Read", long: "The script reads the answer" },
  "unread": { tone: "bad", sign: "✗", short: "Hidden", long: "The request arrived. The browser does not let the script see the answer" },
  "not-sent": { tone: "bad", sign: "✗", short: "Not sent", long: "The preflight failed, so the browser did not send the request" },
  "nothing": { tone: "bad", sign: "✗", short: "Nothing sent", long: "Nothing was sent, and the script gets an error" },
  "page-policy": { tone: "bad", sign: "✗", short: "Forbidden by the page", long: "The page's own policy forbids the request. CORS was never asked" },
};
const ENGINES = { chromium: "Chromium", firefox: "Firefox", webkit: "WebKit", standard: "the standard" };
const CODES = { flask: "Flask", django: "Django", wsgi: "Plain WSGI" };
const CORS_HEADER = /^(access-control-.*|origin|vary|cookie|set-cookie|location)$/i;

let state; // from the server, once: lessons, origins, engine, own
let lesson; // the open one
let play = null; // the play whose call is in the form, if any
let waiting = false; // the table comes from a link and is not served yet
const texts = {}; // edited tables, by lesson
const results = {}; // by lesson and play
const done = new Set();

// --- small things ---------------------------------------------------------------------------------------------------

function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Text with `code` between backticks.
const inline = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
const prose = (text) => text.split(/\n\s*\n/).map((paragraph) => h("p", {}, ...inline(paragraph.replace(/\s*\n\s*/g, " "))));
const sentence = (text) => text[0].toUpperCase() + text.slice(1);
const announce = (text) => { $("live").textContent = text; };

// The name of a result: a readable response with an error status is neither blocked nor fine.
function toneOf({ verdict, seen }) {
  const refused = verdict === "read" && seen.status >= 400;
  const { tone, sign, short, long } = VERDICTS[verdict];
  return refused ? { tone: "warn", sign: "⚠", short: `Read: ${seen.status}`, long } : { tone, sign, short, long };
}

function badge(result) {
  const { tone, sign, short } = toneOf(result);
  return h("span", { class: `badge ${tone}` }, h("span", { "aria-hidden": "true" }, sign), ` ${short}`);
}

async function ask(question, data = {}) {
  const response = await fetch(question, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data),
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
}

function stored(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

// A random name of this browser, by which the server finds its simulated browser: both keep the same cookies and caches.
const browser = stored("browser") ?? stored("browser", [...crypto.getRandomValues(new Uint8Array(9))].join("")) ?? "one";
const fresh = () => [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => (byte % 36).toString(36)).join("");

// --- frames: the pages that make the requests -----------------------------------------------------------------------

const frames = {};

function frame(page, withPolicy) {
  const key = `${page} ${withPolicy}`;
  frames[key] ??= new Promise((resolve) => {
    const origin = state.origins[page === "null" ? "stranger" : page];
    const element = h("iframe", {
      title: `${PAGES[page]}, the page that makes requests`, tabindex: "-1",
      src: `${origin}/frame${withPolicy ? "-with-policy" : ""}`, sandbox: page === "null" ? "allow-scripts" : null,
      onload: () => resolve({ element, target: page === "null" ? "*" : origin }),
    });
    $("frames").append(element);
  });
  return frames[key];
}

async function inFrame(call) {
  const { element, target } = await frame(call.page, call.page_policy);
  const { port1, port2 } = new MessageChannel();
  const message = {
    url: state.origins.api + call.path, method: call.method, headers: call.headers, body: call.body ?? undefined,
    credentials: call.credentials ? "include" : "same-origin", redirect: call.redirect, api: call.api,
  };
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      if (!data.error) {
        resolve(data);
        return;
      }
      port1.onmessage = (event) => resolve({ ...data, ...event.data });
      setTimeout(() => port1.postMessage("did the page's policy forbid it?"), 50);
    };
    element.contentWindow.postMessage(message, target, [port2]);
  });
}

// Plays run one after the other, so that each recorded request belongs to one of them.
let queue = Promise.resolve();
function perform(lessonId, call, simulated = false) {
  const running = queue.then(async () => {
    if (simulated) return ask("simulate", { lesson: lessonId, call });
    const { count } = await ask("begin", { lesson: lessonId, server: call.server });
    const seen = await inFrame(call);
    return ask("end", { lesson: lessonId, count, browser, call, seen });
  });
  queue = running.catch(() => {});
  return running;
}

const withNewURL = (call) => ({ ...call, path: `${call.path}${call.path.includes("?") ? "&" : "?"}n=${fresh()}` });

// --- lessons --------------------------------------------------------------------------------------------------------

function ownLesson() {
  const { name, text, routes, reason, has_table: hasTable } = state.own;
  const first = routes[0];
  return {
    id: OWN, number: 0, title: "Your application", layout: "list", fresh: false, servers: ["table"], code: {},
    summary: `\`${name}\`: its routes, its table, and requests that really reach it.`,
    text: [
      "The pages of this playground send requests to your application. They take effect, as on a real server.",
      "Changes of the table are only kept in memory, until the command ends. To keep them, press Copy and save the text as `cors.toml`.",
      hasTable ? "" : "Your application has no table yet. Write one here to wrap the application in it.",
      reason,
    ].filter(Boolean).join("\n\n"),
    question: "", answer: "",
    tables: [{ name: "Its table", toml: text, variables: {}, problems: [] }],
    plays: [], call: { ...blank(), path: first ? first.example : "/", method: usualMethod(first) },
  };
}

// The method to begin with: if possible, one that changes nothing.
const usualMethod = (route) => (!route || route.methods.includes("GET") ? "GET" : route.methods[0] ?? "GET");

const blank = () => ({
  page: "front", method: "GET", path: "/", credentials: false, headers: [], body: null, redirect: "follow", api: "fetch",
  server: "table", page_policy: false,
});

function listLessons() {
  const all = [...(state.own ? [ownLesson()] : []), ...state.lessons];
  $("lessons").replaceChildren(...all.map((each) => h("li", {},
    h("button", {
      type: "button", "data-lesson": each.id, onclick: () => { open(each.id); $("lesson-title").focus(); },
    },
    h("span", { class: "number" }, each.number ? String(each.number) : "★"), ` ${each.title} `,
    h("span", { class: "done" }, done.has(each.id) ? "✓ done" : "")))));
  return all;
}

function open(id, { serve = true } = {}) {
  const all = listLessons();
  lesson = all.find((each) => each.id === id) ?? all[0];
  const place = all.indexOf(lesson);
  waiting = !serve;
  for (const button of $("lessons").querySelectorAll("button")) {
    if (button.dataset.lesson === lesson.id) button.setAttribute("aria-current", "page");
  }
  const label = lesson.number ? `Lesson ${lesson.number}` : "Your application";
  document.title = `${lesson.title}: corswsgi playground`;
  $("lessons-summary").textContent = lesson.number ? `${label}: ${lesson.title}` : label;
  $("lesson-number").textContent = label;
  $("lesson-title").textContent = lesson.title;
  $("lesson-summary").replaceChildren(...inline(lesson.summary));
  $("lesson-text").replaceChildren(...prose(lesson.text));
  $("question").replaceChildren(...inline(lesson.question));
  $("answer").replaceChildren(...prose(lesson.answer));
  $("question-section").hidden = !lesson.question;
  $("previous").disabled = place === 0;
  $("next").disabled = place === all.length - 1;
  $("previous").onclick = () => { open(all[place - 1].id); $("lesson-title").focus(); };
  $("next").onclick = () => { open(all[place + 1].id); $("lesson-title").focus(); };
  $("asks").hidden = lesson.id !== OWN;
  $("login").hidden = $("logout").hidden = lesson.id === OWN;
  const byHand = lesson.servers.filter((name) => name in state.sources);
  $("hand-details").hidden = !byHand.length;
  $("hand").textContent = byHand.map((name) => state.sources[name]).join("\n\n");
  if (matchMedia("(max-width: 61.99rem)").matches) $("lessons-details").open = false;
  fillChoices();
  showPlays();
  showCode();
  showRoutes();
  fillForm(lesson.plays[0]?.call ?? lesson.call);
  $("fresh").checked = lesson.fresh;
  play = lesson.plays[0] ?? null;
  clearOutcome();
  const edited = texts[lesson.id];
  chooseTable(lesson.tables.find((table) => table.name === edited?.table) ?? lesson.tables[0], edited?.text, edited?.variables);
  mirrorTable();
}

function fillChoices() {
  const options = (entries) => entries.map(([value, text]) => h("option", { value }, text));
  $("page").replaceChildren(...options(Object.entries(PAGES).map(([name, text]) =>
    [name, `${text}: ${name === "null" ? "origin null" : state.origins[name]}`])));
  $("server").replaceChildren(...options(lesson.servers.concat(lesson.servers.includes("table") ? [] : ["table"])
    .map((name) => [name, SERVERS[name]])));
  $("server-label").hidden = $("server").options.length < 2;
  const paths = lesson.id === OWN ? state.own.routes.map((route) => route.example)
    : [...new Set(lesson.plays.map((each) => each.call.path))];
  $("paths").replaceChildren(...options(paths.map((path) => [path, ""])));
}

function showCode() {
  const names = Object.keys(lesson.code);
  $("code-section").hidden = !names.length;
  const show = (name) => {
    $("code").textContent = lesson.code[name] ?? "";
    for (const button of $("code-views").children) button.setAttribute("aria-pressed", String(button.dataset.name === name));
  };
  $("code-views").replaceChildren(...names.map((name) =>
    h("button", { type: "button", "data-name": name, onclick: () => show(name) }, CODES[name] ?? name)));
  show(names[0]);
}

function showRoutes() {
  $("routes-section").hidden = lesson.id !== OWN;
  if (lesson.id !== OWN) return;
  const use = (route) => () => {
    fillForm({ ...blank(), path: route.example, method: usualMethod(route) });
    $("send").focus();
    announce(`${route.example} is in the request.`);
  };
  $("routes").replaceChildren(state.own.routes.length
    ? h("ul", { class: "routes" }, ...state.own.routes.map((route) => h("li", {},
      h("button", { type: "button", class: "quiet", onclick: use(route) }, `${route.methods.join(", ")} ${route.path}`.trim()),
      h("p", {}, `${route.from ? `${route.from}: ` : ""}${route.means}`),
      ...route.findings.map((finding) => h("p", { class: "warning" }, `⚠ ${finding}`)))))
    : h("p", {}, "Its routes are unknown. Write a path into the request."));
}

// --- plays of the lesson --------------------------------------------------------------------------------------------

const key = (each) => `${lesson.id} ${each.id}`;

function showPlays() {
  $("plays-section").hidden = !lesson.plays.length;
  $("plays-diff").replaceChildren();
  const shown = lesson.layout === "grid" ? lesson.tables.map(grid) : [h("ul", { class: "play-list" }, ...lesson.plays.map(playItem))];
  $("plays").replaceChildren(...shown);
}

function playButton(each, text) {
  return h("button", {
    type: "button", class: "play", "data-play": each.id, "aria-pressed": String(play === each), onclick: () => runPlay(each).then(reveal, showError),
  }, text);
}

function playItem(each) {
  return h("li", {}, playButton(each, each.title), h("span", { class: "play-result" }, outcomeOf(each)));
}

function outcomeOf(each) {
  const result = results[key(each)];
  if (!result) return h("span", { class: "pending" }, each.simulated ? "simulated" : "");
  const last = result.exchanges.findLast((exchange) => !exchange.preflight);
  const size = last && last.length !== null ? `, ${last.length} bytes` : "";
  const server = last?.status ? ` · server: ${last.status}${size}` : "";
  return h("span", {}, badge(result), server, result.simulated ? " · simulated" : "");
}

// A table of verdicts: its rows are paths, its columns are pages.
function grid(table) {
  const plays = lesson.plays.filter((each) => each.table === table.name);
  const pages = [...new Set(plays.map((each) => each.call.page))];
  const paths = [...new Set(plays.map((each) => each.call.path))];
  const cell = (path, page) => {
    const each = plays.find((one) => one.call.path === path && one.call.page === page);
    if (!each) return h("td", {});
    const verdict = results[key(each)] && toneOf(results[key(each)]);
    const button = playButton(each, verdict ? `${verdict.sign} ${verdict.short}` : "Ask");
    if (verdict) button.classList.add(verdict.tone);
    button.append(h("span", { class: "visually-hidden" }, `: ${PAGES[page]}, ${path}`));
    return h("td", {}, button);
  };
  return h("div", { class: "grid-wrap", tabindex: "0", role: "region", "aria-label": `Verdicts: ${table.name}` },
    h("table", { class: "grid" }, h("caption", {}, `Table: ${table.name}`),
      h("thead", {}, h("tr", {}, h("td", {}), ...pages.map((page) => h("th", { scope: "col" }, SHORT_PAGES[page])))),
      h("tbody", {}, ...paths.map((path) => h("tr", {}, h("th", { scope: "row" }, ...path.split("/").flatMap((part, index) => (index ? [h("wbr"), `/${part}`] : []))), ...pages.map((page) => cell(path, page)))))));
}

// Serves the table that a play names, makes the plays before it, and then the play itself.
async function prepare(each) {
  const table = lesson.tables.find((one) => one.name === each.table);
  if (table && table !== current.table) await chooseTable(table);
  for (const id of each.before) {
    await perform(lesson.id, called(lesson.plays.find((one) => one.id === id)));
  }
}

const called = (each) => (lesson.fresh && !each.simulated ? withNewURL(each.call) : each.call);

async function runPlay(each) {
  const opened = lesson;
  play = each;
  await serveTable();
  await prepare(each);
  if (opened !== lesson) return null;
  fillForm(each.call);
  const result = await perform(lesson.id, called(each), each.simulated);
  if (opened !== lesson) return null;
  results[key(each)] = result;
  const focused = document.activeElement?.dataset?.play;
  showPlays();
  if (focused) $("plays").querySelector(`[data-play="${focused}"]`)?.focus();
  showOutcome(result);
  return result;
}

async function runAll() {
  const opened = lesson;
  $("run-all").disabled = true;
  try {
    for (const each of lesson.plays) {
      if (opened !== lesson) return;
      await runPlay(each);
    }
    done.add(opened.id);
    listLessons();
    markCurrent();
    showDifference();
    announce(`All ${opened.plays.length} requests were made.`);
  } finally {
    $("run-all").disabled = false;
  }
}

function markCurrent() {
  for (const button of $("lessons").querySelectorAll("button")) {
    if (button.dataset.lesson === lesson.id) button.setAttribute("aria-current", "page");
  }
}

// The responses of the server by hand and of the table to the same request, line by line.
function showDifference() {
  if (lesson.layout !== "diff") return;
  const linesOf = (each) => (each ? [`${each.method} → ${each.status}`, ...each.response_headers.map(([name, value]) => `  ${name}: ${value}`)] : []);
  const compared = (ours, theirs) => [
    ...theirs.filter((line) => !ours.includes(line)).map((line) => ["−", line]),
    ...ours.map((line) => [theirs.includes(line) ? " " : "+", line])].sort((one, other) => other[1].includes("→") - one[1].includes("→"));
  const pairs = lesson.plays.filter((each) => each.call.server in state.sources).map((hand) =>
    [hand, lesson.plays.find((each) => each.call.server === "table" && each.call.path === hand.call.path && each.call.method === hand.call.method)]);
  $("plays-diff").replaceChildren(...pairs.filter(([hand, table]) => table && results[key(hand)] && results[key(table)]).map(([hand, table]) => {
    const [ours, theirs] = [results[key(table)].exchanges, results[key(hand)].exchanges];
    const all = ours.flatMap((each, index) => compared(linesOf(each), linesOf(theirs[index])));
    return h("figure", { class: "diff" }, h("figcaption", {}, `${hand.call.method} ${hand.call.path}: by hand (−) and by the table (+)`),
      h("pre", { class: "code", tabindex: "0" }, ...all.map(([sign, line]) => h("span", { class: { "−": "minus", "+": "plus" }[sign] ?? "same" }, `${sign} ${line}\n`))));
  }));
}

// --- the table ------------------------------------------------------------------------------------------------------

const current = { table: null, variables: {}, answer: null };
let turn = 0; // number of the last request about the table
let timer;

function chooseTable(table, text = table.toml, variables = table.variables) {
  current.table = table;
  current.variables = { ...variables };
  $("tables").replaceChildren(...(lesson.tables.length < 2 ? [] : lesson.tables.map((each) =>
    h("button", { type: "button", "aria-pressed": String(each === table), onclick: () => chooseTable(each) }, each.name))));
  $("variables").replaceChildren(...Object.entries(current.variables).map(([name, value]) => h("label", {}, h("code", {}, name),
    h("input", {
      value, spellcheck: "false", autocapitalize: "off",
      oninput: (event) => { current.variables[name] = event.target.value; typed(); },
    }))));
  $("table").value = text.trim() ? `${text.trim()}\n` : "";
  $("table").readOnly = lesson.id === OWN && Boolean(state.own.reason);
  mirrorTable();
  view("toml");
  if (waiting) {
    showProblems({ waiting: true, problems: [] });
    return Promise.resolve();
  }
  return offer();
}

function typed() {
  mirrorTable();
  texts[lesson.id] = { text: $("table").value, table: current.table.name, variables: { ...current.variables } };
  clearTimeout(timer);
  waiting = false;
  timer = setTimeout(offer, 200);
}

// Serves the table if it is valid. Until then the previous one is served.
async function offer() {
  const mine = ++turn;
  clearTimeout(timer);
  timer = null;
  if (lesson.id === OWN && (state.own.reason || !$("table").value.trim())) {
    showProblems({ untouched: true, problems: [] });
    return;
  }
  const answer = await ask("table", { lesson: lesson.id, text: $("table").value, variables: current.variables });
  if (mine !== turn) return;
  showProblems(answer);
  if (answer.served) showRow();
  if (lesson.id === OWN && answer.served) {
    state.own.routes = (await ask("state")).own.routes;
    showRoutes();
  }
}

async function serveTable() {
  if (!waiting && !timer) return;
  waiting = false;
  $("banner").hidden = true;
  await offer();
}

function showProblems(answer) {
  current.answer = answer;
  const count = answer.problems.length;
  const status = $("table-status");
  const was = status.textContent;
  const words = answer.waiting ? "From a link: not served yet. It is served when you press Send or change it."
    : answer.untouched ? "Served as defined in the application."
      : answer.served ? "✓ Served." : `✗ Not served: ${count === 1 ? "one problem" : `${count} problems`}. The table before it is still served.`;
  status.className = `status ${count ? "bad" : answer.served ? "ok" : ""}`;
  if (words !== was) status.textContent = words;
  $("table").setAttribute("aria-invalid", String(count > 0));
  const about = (each, kind) => h("li", { class: kind },
    h("p", {}, h("button", { type: "button", class: "link", onclick: () => goToLine(each.line) }, each.line ? `Line ${each.line}` : "The table"),
      ` ${kind === "problem" ? "✗" : "⚠"} ${each.message} `, h("code", {}, each.code)),
    h("p", { class: "hint" }, `→ ${each.hint}`));
  $("problems").replaceChildren(...answer.problems.map((each) => about(each, "problem")),
    ...(answer.warnings ?? []).map((each) => about(each, "caution")));
  $("meaning-details").hidden = !answer.rows;
  $("meaning").replaceChildren(...(answer.rows ?? []).flatMap((row) => [h("dt", {}, h("code", {}, row.pattern)), h("dd", {}, row.means)]));
  mirrorTable();
}

// Shows the text of the editor behind it, with line numbers, and each problem at its line.
function mirrorTable() {
  const problems = new Map();
  for (const each of current.answer?.problems ?? []) if (each.line && !problems.has(each.line)) problems.set(each.line, each);
  const lines = $("table").value.split("\n");
  $("table").rows = Math.max(4, lines.length);
  $("mirror").replaceChildren(...lines.map((line, index) => {
    const problem = problems.get(index + 1);
    return h("span", { class: `line${problem ? " wrong" : ""}` },
      h("span", { class: "line-number" }, problem ? "✗" : String(index + 1)),
      h("span", { class: "line-text" }, line || " "),
      problem ? h("span", { class: "line-note" }, `← ${problem.message}`) : null, "\n");
  }));
  $("mirror").scrollLeft = $("table").scrollLeft;
}

function goToLine(line) {
  const lines = $("table").value.split("\n");
  const start = lines.slice(0, Math.max(0, (line ?? 1) - 1)).join("\n").length + (line > 1 ? 1 : 0);
  $("table").focus();
  $("table").setSelectionRange(start, start + (lines[(line ?? 1) - 1]?.length ?? 0));
}

function view(name) {
  for (const button of $("views").children) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  $("view-toml").hidden = name !== "toml";
  $("view-code").hidden = name === "toml";
  $("view-code").textContent = name === "toml" ? "" : current.answer?.[name] ?? "The table has problems: fix them first.\n";
}

// --- the request ----------------------------------------------------------------------------------------------------

function fillForm(call) {
  const other = [];
  $("content-type").value = "";
  $("authorization").checked = false;
  for (const [name, value] of call.headers) {
    if (name === "Content-Type") {
      if (![...$("content-type").options].some((option) => option.value === value)) $("content-type").append(h("option", {}, value));
      $("content-type").value = value;
    } else if (name === "Authorization") $("authorization").checked = true;
    else other.push(`${name}: ${value}`);
  }
  $("headers").value = other.join("\n");
  $("headers").rows = Math.max(1, other.length);
  $("page").value = call.page;
  $("server").value = call.server;
  $("method").value = call.method;
  $("path").value = call.path;
  $("api").value = call.api;
  $("credentials").checked = call.credentials;
  $("page-policy").checked = call.page_policy;
  showRow();
}

let rowTimer;

// Shows below the path which row decides on it.
function showRow() {
  clearTimeout(rowTimer);
  rowTimer = setTimeout(async () => {
    const asked = { lesson: lesson.id, path: $("path").value.trim(), method: $("method").value.trim() || "GET" };
    if (!asked.path.startsWith("/")) return;
    if ($("server").value in state.sources) {
      $("row").textContent = "This server has no table.";
      return;
    }
    const { from, means } = await ask("row", asked);
    $("row").textContent = from ? `${from[0].toUpperCase()}${from.slice(1)}: ${means}.` : "No row covers this path: no CORS here.";
  }, 150);
}

// Reads the call from the form. Throws an error with a sentence if it is invalid.
function readForm() {
  const path = $("path").value.trim();
  if (!path.startsWith("/")) throw new Error("The path must begin with a slash.");
  const headers = [];
  if ($("content-type").value) headers.push(["Content-Type", $("content-type").value]);
  if ($("authorization").checked) headers.push(["Authorization", "Bearer playground"]);
  for (const line of $("headers").value.split("\n").filter((each) => each.trim())) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`A header must be written as Name: value. This one is not: ${line}`);
    headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  const method = $("method").value.trim() || "GET";
  const hasBody = !["GET", "HEAD"].includes(method.toUpperCase()) && headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    ...blank(), page: $("page").value, server: $("server").value || "table", method, path, headers, api: $("api").value,
    credentials: $("credentials").checked, body: hasBody ? "{\"title\":\"Emma\"}" : null, page_policy: $("page-policy").checked,
  };
}

async function send(event) {
  event.preventDefault();
  const opened = lesson;
  let call;
  try {
    call = readForm();
  } catch (error) {
    showError(error);
    return;
  }
  $("send").disabled = true;
  try {
    await serveTable();
    const result = await perform(lesson.id, $("fresh").checked ? withNewURL(call) : call);
    if (opened === lesson) showOutcome(result);
    reveal();
  } catch (error) {
    showError(error);
  } finally {
    $("send").disabled = false;
  }
}

async function session(path) {
  const call = { ...blank(), method: "POST", path, credentials: true, server: $("server").value || "table" };
  showOutcome(await perform(lesson.id, call));
  reveal();
}

// --- what happened --------------------------------------------------------------------------------------------------

function clearOutcome() {
  $("verdict").className = "verdict";
  $("verdict").replaceChildren("Nothing has been sent yet. Choose a request above, or press Send.");
  $("sees").replaceChildren("The body and the headers that the script can read, or its error.");
  $("travelled").replaceChildren("Each message between browser and server.");
  $("why").replaceChildren("The rules of the standard, one by one, and the fix.");
  for (const id of ["sees", "travelled", "why"]) $(id).className = "empty";
  $("step").hidden = $("show-all").hidden = true;
}

// Scrolls to the verdict if the user has just asked for it.
function reveal() {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { top, bottom } = $("verdict").getBoundingClientRect();
  if (top < 0 || bottom > innerHeight - 160) $("verdict").scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

function showError(error) {
  $("verdict").className = "verdict bad";
  $("verdict").textContent = `✗ ${error.message}`;
}

function showOutcome(result) {
  const { tone, sign, long } = toneOf(result);
  const status = result.verdict === "read" && result.seen.status ? `, status ${result.seen.status}` : "";
  const refused = tone === "warn" ? ": CORS let it through, and the server itself says no" : "";
  const cached = result.from_cache ? ": the answer is from the browser's cache" : "";
  $("verdict").className = `verdict ${tone}`;
  $("verdict").replaceChildren(h("span", { class: "sign", "aria-hidden": "true" }, sign), ` ${long}${status}${refused}${cached}.`,
    result.simulated ? h("span", { class: "simulated" }, " Simulated: no browser made this request.") : "");
  $("sees").className = $("travelled").className = $("why").className = "";
  $("sees").replaceChildren(...scriptSees(result));
  showTravelled(result);
  $("why").replaceChildren(...whyOf(result));
  if ($("log-details").open) showLog();
}

function scriptSees({ seen, simulated, why }) {
  if (simulated) return [h("p", {}, seen.error ? "A script would see a TypeError, and nothing else." : "A script would read the answer.")];
  if (seen.error) {
    return [h("pre", { class: "code error", tabindex: "0" }, seen.error),
      h("p", { class: "note" }, "No status, no header, no body, and no reason: the browser writes the reason to its console only.")];
  }
  const missing = why?.unreadable_headers ?? [];
  return [
    h("p", {}, h("strong", {}, String(seen.status)), seen.type ? ` (type ${seen.type})` : ""),
    h("pre", { class: "code", tabindex: "0", "aria-label": "Body" }, seen.body || "(an empty body)"),
    h("h4", {}, "Headers that it can read"), headerList(seen.headers),
    missing.length ? h("p", { class: "note" }, `Hidden from the script: ${missing.join(", ")}.`) : null,
  ].filter(Boolean);
}

function headerList(headers) {
  if (!headers.length) return h("p", { class: "note" }, "none");
  return h("ul", { class: "headers" }, ...headers.map(([name, value]) => {
    const marked = CORS_HEADER.test(name);
    return h("li", { class: marked ? "marked" : "" }, marked ? h("span", { class: "mark", title: "matters to CORS" }, "◆") : null, h("b", {}, `${name}: `), value);
  }));
}

const stations = ["page", "browser", "server"];

// One row of the picture: an arrow from one station to another, or one that stops on the way.
function arrow({ from, to, title, note, headers = [], stopped = null, dashed = false, tone = "" }) {
  const right = stations.indexOf(to) > stations.indexOf(from);
  const marked = headers.filter(([name]) => CORS_HEADER.test(name));
  const others = headers.filter(([name]) => !CORS_HEADER.test(name));
  return h("li", { class: `message ${tone}` },
    h("p", { class: "route" }, `${from} ${right ? "→" : "←"} ${to}`),
    h("div", { class: `arrow from-${from} to-${to} ${right ? "right" : "left"}${dashed ? " dashed" : ""}`, "aria-hidden": "true" },
      stopped ? h("span", { class: "stop" }, "✗") : null),
    h("p", { class: "what" }, h("strong", {}, title), note ? ` ${note}` : ""),
    stopped ? h("p", { class: "stopped" }, `✗ ${stopped}`) : null,
    marked.length ? headerList(marked) : null,
    others.length ? h("details", {}, h("summary", {}, `${others.length} other headers`), headerList(others)) : null);
}

function pathOf(url) {
  const { pathname, search, host } = new URL(url);
  return (host === new URL(state.origins.api).host ? "" : host) + pathname + search;
}

function messages({ exchanges, verdict, seen, from_cache: fromCache }) {
  const rows = [];
  const blocked = verdict !== "read";
  exchanges.forEach((each, index) => {
    const isLast = index === exchanges.length - 1;
    const to = pathOf(each.url);
    if (each.preflight) {
      const [, method] = each.headers.find(([name]) => name.toLowerCase() === "access-control-request-method") ?? [];
      rows.push(arrow({ from: "browser", to: "server", title: `OPTIONS ${to}`, note: `preflight: may I send ${method}?`, headers: each.headers }));
      rows.push(arrow({ from: "server", to: "browser", title: String(each.status ?? "no answer"), headers: each.response_headers, tone: isLast && blocked ? "bad" : "ok" }));
    } else {
      rows.push(arrow({ from: "page", to: "server", title: `${each.method} ${to}`, headers: each.headers }));
      const hidden = isLast && blocked;
      const redirect = each.status >= 300 && each.status < 400;
      rows.push(arrow({
        from: "server", to: hidden || redirect ? "browser" : "page", title: String(each.status ?? "no answer"),
        note: each.length === null ? "" : `${each.length} bytes`, headers: each.response_headers, tone: hidden ? "bad" : "ok",
        stopped: hidden ? "the browser hides it from the script" : null,
      }));
    }
  });
  if (verdict === "not-sent") {
    rows.push(arrow({ from: "page", to: "browser", title: "The request itself", dashed: true, tone: "bad", stopped: "not sent" }));
  }
  if (verdict === "page-policy") {
    rows.push(arrow({ from: "page", to: "browser", title: "The request", dashed: true, tone: "bad", stopped: `not sent: the page's ${seen.violation} forbids it` }));
  }
  if (fromCache && verdict === "read") {
    rows.push(arrow({ from: "browser", to: "page", title: "From the browser's cache", note: "the server was not asked", tone: "ok" }));
  } else if (fromCache) {
    rows.push(arrow({ from: "page", to: "browser", title: "From the browser's cache", note: "the server was not asked", tone: "bad", stopped: "the browser hides it from the script" }));
  } else if (verdict === "nothing") {
    rows.push(arrow({ from: "page", to: "browser", title: "The call itself", dashed: true, tone: "bad", stopped: "not sent" }));
  }
  return rows;
}

function showTravelled(result) {
  const rows = messages(result);
  $("travelled").replaceChildren(
    h("div", { class: "stations", "aria-hidden": "true" }, h("span", {}, "Page"), h("span", {}, "Browser"), h("span", {}, "Server")),
    h("ol", { class: "messages" }, ...rows));
  $("step").hidden = rows.length < 2;
  $("show-all").hidden = true;
  $("step").textContent = "Step through";
  let next = rows.length;
  $("step").onclick = () => {
    if (next >= rows.length) {
      for (const row of rows) row.hidden = true;
      next = 0;
    }
    rows[next].hidden = false;
    announce(rows[next].querySelector(".route").textContent + ": " + rows[next].querySelector(".what").textContent);
    next += 1;
    $("step").textContent = next < rows.length ? "Next step" : "Step again";
    $("show-all").hidden = next >= rows.length;
  };
  $("show-all").onclick = () => {
    for (const row of rows) row.hidden = false;
    next = rows.length;
    $("step").textContent = "Step through";
    $("show-all").hidden = true;
    $("step").focus();
  };
}

function whyOf({ why, simulated, differences, text, seen }) {
  if (!why) {
    return [h("p", {}, `The page was served with a Content-Security-Policy whose ${seen.violation} does not list the API. The browser reads this policy before anything else: no request, no preflight, no CORS.`),
      h("p", {}, h("strong", {}, "How to tell: "), "the console names “Content Security Policy”, not “CORS”, and the server's log is empty."),
      h("p", {}, h("strong", {}, "Fix: "), "list the API in the page's connect-src. No header of the API can help.")];
  }
  const engine = ENGINES[why.engine];
  const parts = [h("p", { class: "note" }, simulated ? `Simulated for ${engine}.` : `Simulated for ${engine}, from the answers that your browser got.`)];
  if (differences.length) {
    parts.push(h("div", { class: "differs", role: "alert" }, h("p", {}, h("strong", {}, "⚠ Your browser and the simulator differ. "), "Your browser is right. The case is worth a report."),
      h("ul", {}, ...differences.map((each) => h("li", {}, each))),
      h("button", { type: "button", onclick: (event) => copy(text ?? "", event.target) }, "Copy the case as text")));
  }
  parts.push(h("ol", { class: "steps" }, ...why.steps.map((step) => h("li", { class: step.passed ? "ok" : "bad" },
    h("span", { class: "sign" }, step.passed ? "✓" : "✗"), h("span", { class: "visually-hidden" }, step.passed ? "passed: " : "failed: "),
    h("span", {}, `${step.text} `, h("a", { href: step.section, target: "_blank", rel: "noreferrer noopener", "aria-label": "The standard, in a new tab" }, "§"))))));
  if (why.message) parts.push(h("h4", {}, engine === ENGINES.standard ? "In a console" : `In the console of ${engine}`), h("pre", { class: "code error", tabindex: "0" }, why.message));
  if (why.fix) parts.push(h("h4", {}, "Fix"), h("p", {}, sentence(why.fix)));
  if (why.advice) {
    parts.push(h("h4", {}, "In the table"), h("ul", { class: "advice" }, ...why.advice.lines.map((line) => h("li", {}, ...inline(line)))));
    if (why.advice.text) parts.push(h("button", { type: "button", id: "apply", class: "primary", onclick: () => applyFix(why.advice.text) }, "Apply the fix"));
  }
  for (const { text: note, fix } of why.notes) parts.push(h("p", { class: "beside" }, sentence(note), fix ? h("span", { class: "hint" }, `→ ${sentence(fix)}`) : null));
  if (!differences.length && !simulated) parts.push(h("p", { class: "agrees" }, "✓ Your browser did the same."));
  return parts;
}

async function applyFix(text) {
  $("table").value = text;
  view("toml");
  typed();
  await offer();
  $("table").focus();
  announce(current.answer?.served ? "The fix is in the table, and served. Send the request again." : "The table has problems.");
}

async function showLog() {
  const { log } = await ask("log", {});
  $("log").replaceChildren(...log.slice(-40).reverse().map((each) => {
    const value = (name) => each.headers.find(([header]) => header === name)?.[1];
    return h("li", {}, h("b", {}, `${each.method} ${each.target}`), ` → ${each.status ?? "no answer"}, ${each.length} bytes`,
      h("br"), `Origin: ${value("Origin") ?? "none"} · Cookie: ${value("Cookie") ?? "none"}`);
  }));
  if (!log.length) $("log").replaceChildren(h("li", {}, "Nothing has arrived yet."));
}

async function copy(text, button) {
  const was = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Could not copy";
  }
  announce(button.textContent);
  setTimeout(() => { button.textContent = was; }, 1500);
}

// --- sharing --------------------------------------------------------------------------------------------------------

const blanked = (text) => Object.entries(state.origins).reduce((done_, [name, origin]) => done_.replaceAll(origin, `{${name}}`), text);
const filled = (text) => text.replace(/\{(front|stranger|other|api|other_api)\}/g, (_, name) => state.origins[name]);
const encode = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value)))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const decode = (text) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0))));

function shared() {
  const shareable = { lesson: lesson.id, table: blanked($("table").value), variables: current.variables, call: readForm() };
  return `#play=${encode(shareable)}`;
}

// Puts a shared state into the controls. Nothing is served or sent. Returns a sentence if it cannot be read.
function load(text) {
  const found = /#play=([\w-]+)/.exec(text);
  if (!found) return "This is not a shared play.";
  if (found[1].length > MAX_LINK) return "This is longer than 8 KiB and was not opened.";
  try {
    const { lesson: id, table, variables, call } = decode(found[1]);
    if (typeof table !== "string" || typeof call !== "object" || ![...state.lessons.map((each) => each.id), state.own && OWN].includes(id)) throw new Error();
    const plain = { ...blank(), ...call, headers: call.headers.map(([name, value]) => [String(name), String(value)]) };
    open(id, { serve: false });
    chooseTable(lesson.tables[0], filled(table), Object.fromEntries(Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)])));
    texts[lesson.id] = { text: $("table").value, table: current.table.name, variables: { ...current.variables } };
    fillForm(plain);
    $("banner").hidden = false;
    $("banner").textContent = "This play came from a link. Nothing has run: look at it, then press Send.";
    return "";
  } catch {
    return "This cannot be read.";
  }
}

function openShare() {
  let text = "";
  try {
    text = shared();
  } catch (error) {
    $("share-note").textContent = error.message;
  }
  const tooLong = text.length > MAX_LINK;
  $("share-text").value = tooLong ? "" : text;
  if (text && !tooLong) history.replaceState(null, "", text);
  $("share-note").textContent = tooLong ? "This table is too long to share: more than 8 KiB." : "";
  $("share-dialog").showModal();
}

// --- the self-test: ?selftest runs all plays of all lessons ----------------------------------------------------------

async function selfTest() {
  const list = h("ol", { class: "selftest", "aria-label": "Self-test" });
  document.querySelector("main").prepend(h("section", { class: "card" }, h("h2", {}, "Self-test"), list));
  const tell = (name, problems) => {
    console.info(`playground: ${name}: ${problems.join("; ") || "as expected"}`);
    list.append(h("li", {}, h("span", { class: `badge ${problems.length ? "bad" : "ok"}` }, problems.length ? "✗ " : "✓ ", name), problems.length ? ` ${problems.join("; ")}` : ""));
  };
  for (const each of state.lessons) {
    open(each.id);
    for (const one of lesson.plays) {
      try {
        tell(`${lesson.id} ${one.id}`, problemsOf(one, await runPlay(one)));
      } catch (error) {
        tell(`${lesson.id} ${one.id}`, [String(error)]);
      }
    }
    for (const table of lesson.tables.filter((one) => one.problems.length)) {
      await chooseTable(table);
      const codes = current.answer.problems.map((problem) => problem.code);
      tell(`${lesson.id} table ${table.name}`, String(codes) === String(table.problems) && !current.answer.served ? [] : [`the codes are ${codes}`]);
    }
  }
  tell("mending", await refusedAndMended());
  console.info("playground: end");
}

function problemsOf(each, { verdict, seen, exchanges, differences }) {
  const expected = each.differs[state.engine] ?? each.status;
  const preflight = exchanges.some((exchange) => exchange.preflight);
  return [
    verdict === each.expect ? "" : `the verdict is ${verdict}, not ${each.expect}`,
    expected === null || each.simulated || verdict !== "read" || expected === seen.status ? "" : `the status is ${seen.status}, not ${expected}`,
    each.answered === null || each.answered === exchanges.at(-1)?.status ? "" : `the server answers ${exchanges.at(-1)?.status}, not ${each.answered}`,
    each.preflight === null || each.preflight === preflight ? "" : `there is ${preflight ? "a" : "no"} preflight`,
    ...differences,
  ].filter(Boolean);
}

// Types a mistake into the table, checks that it is reported at its line and that the old table is served, and fixes it.
async function refusedAndMended() {
  open("handshake");
  await offer();
  const good = $("table").value;
  const type = async (text) => {
    $("table").value = text;
    $("table").dispatchEvent(new Event("input"));
    await serveTable();
  };
  const found = [];
  await type(good.replace("[\"http", "[\"HTTP"));
  const told = $("problems").querySelector(".problem")?.textContent ?? "";
  if (!told.includes("Line 2")) found.push(`the problem is reported as ${told}`);
  if ((await runPlay(lesson.plays[0]))?.verdict !== "read") found.push("the previous table is not served");
  await type(good);
  if ($("problems").querySelector(".problem") || !current.answer.served) found.push("the fixed table is not served");
  return found;
}

// --- start ----------------------------------------------------------------------------------------------------------

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").value = name;
}

function showTab(name, focus = false) {
  document.querySelector(".columns").dataset.tab = name;
  for (const tab of $("tabs").children) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen && focus) tab.focus();
  }
}

function listen() {
  $("request").addEventListener("submit", send);
  $("login").addEventListener("click", () => session("/login"));
  $("logout").addEventListener("click", () => session("/logout"));
  $("run-all").addEventListener("click", () => runAll().catch(showError));
  $("table").addEventListener("input", typed);
  for (const id of ["path", "method", "server"]) $(id).addEventListener("input", showRow);
  $("table").addEventListener("scroll", () => { $("mirror").scrollLeft = $("table").scrollLeft; });
  $("reset-table").addEventListener("click", () => {
    delete texts[lesson.id];
    if (current.table.toml.trim()) chooseTable(current.table);
  });
  $("copy-table").addEventListener("click", (event) => copy($("view-code").hidden ? $("table").value : $("view-code").textContent, event.target));
  $("views").addEventListener("click", (event) => event.target.dataset.view && view(event.target.dataset.view));
  $("share").addEventListener("click", openShare);
  $("share-close").addEventListener("click", () => $("share-dialog").close());
  $("share-copy").addEventListener("click", (event) => copy($("share-text").value, event.target));
  $("share-load").addEventListener("click", () => {
    const mistake = load($("share-open").value);
    $("share-note").textContent = mistake;
    if (!mistake) $("share-dialog").close();
  });
  $("log-details").addEventListener("toggle", () => $("log-details").open && showLog());
  $("theme").addEventListener("change", () => { stored("theme", $("theme").value); theme($("theme").value); });
  $("tabs").addEventListener("click", (event) => event.target.id && showTab(event.target.id.replace("tab-", "")));
  $("tabs").addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    const tabs = [...$("tabs").children];
    const next = tabs[(tabs.indexOf(document.activeElement) + move + tabs.length) % tabs.length];
    showTab(next.id.replace("tab-", ""), true);
    event.preventDefault();
  });
  addEventListener("hashchange", () => location.hash.startsWith("#play=") && load(location.hash));
}

async function start() {
  theme(stored("theme") ?? "");
  const narrow = matchMedia("(max-width: 61.99rem)");
  const fold = () => { $("lessons-details").open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  state = await ask("state");
  $("engine").textContent = `in your browser: ${ENGINES[state.engine]}${/(?:Chrome|Firefox|Version)\/(\d+)/.exec(navigator.userAgent)?.[1].padStart(4) ?? ""}`;
  listen();
  open(state.own ? OWN : state.lessons[0].id);
  if (location.hash.startsWith("#play=")) {
    const mistake = load(location.hash);
    if (mistake) {
      $("banner").hidden = false;
      $("banner").textContent = mistake;
    }
  }
  if (new URLSearchParams(location.search).has("selftest")) await selfTest();
}

start().catch((error) => {
  $("lesson-summary").textContent = `The playground cannot start: ${error.message}`;
});
