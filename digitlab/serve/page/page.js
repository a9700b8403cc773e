// Draws one box for each operation of the OpenAPI document, with what is needed to send it.

const token = document.getElementById("token");
const list = document.getElementById("operations");

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function headers(more = {}) {
  return token.value ? { authorization: `Bearer ${token.value}`, ...more } : more;
}

function field(parameter) {
  const input = element("input", { value: parameter.example ?? "", name: parameter.name });
  return { parameter, input, row: element("label", {}, `${parameter.name} (${parameter.in}) `, input) };
}

function address(path, fields) {
  const query = new URLSearchParams();
  for (const { parameter, input } of fields) {
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  return query.size ? `${path}?${query}` : path;
}

// A square to draw a digit in, and a file that goes before it.
function pictureBody() {
  const file = element("input", { type: "file", accept: "image/*" });
  const pad = element("canvas", { width: 280, height: 280 });
  const pen = pad.getContext("2d");
  const clear = () => { pen.fillStyle = "white"; pen.fillRect(0, 0, pad.width, pad.height); };
  clear();
  Object.assign(pen, { lineWidth: 20, lineCap: "round", lineJoin: "round" });
  pad.addEventListener("pointerdown", (event) => { pad.setPointerCapture(event.pointerId); pen.beginPath(); });
  pad.addEventListener("pointermove", (event) => {
    if (event.buttons) { pen.lineTo(event.offsetX, event.offsetY); pen.stroke(); }
  });
  const wipe = element("button", { onclick: clear }, "Clear");
  const content = async () => file.files[0] ?? new Promise((done) => pad.toBlob(done, "image/png"));
  return { shown: element("div", {}, "Draw a digit ", wipe, pad, "or choose a picture ", file), content, type: "image/png" };
}

function jsonBody(media) {
  const text = element("textarea", { value: JSON.stringify(media.example ?? {}) });
  return { shown: text, content: async () => text.value, type: "application/json" };
}

function bodyOf(operation) {
  const content = operation.requestBody?.content;
  if (!content) return null;
  return content["application/json"] ? jsonBody(content["application/json"]) : pictureBody();
}

function box(path, method, operation, names) {
  const fields = (operation.parameters ?? []).map((each) => field({ example: names[each.name], ...each }));
  const body = bodyOf(operation);
  const output = element("pre", { hidden: true });
  const send = async () => {
    const options = { method: method.toUpperCase(), headers: headers(body ? { "content-type": body.type } : {}) };
    if (body) options.body = await body.content();
    const answer = await fetch(address(path, fields), options);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json");
    output.textContent = `${answer.status}\n${isJson ? JSON.stringify(JSON.parse(text), null, 2) : text}`;
    output.hidden = false;
  };
  const title = element("summary", {}, `${method.toUpperCase()} ${path}`);
  const text = element("p", {}, operation.description ?? operation.summary);
  const button = element("button", { onclick: send }, "Send");
  list.append(element("details", {}, title, text, ...fields.map((each) => each.row), body?.shown ?? "", button, output));
}

// What to fill in for names in an address: the example of inference has them.
function exampleNames(paths) {
  const found = {};
  for (const operations of Object.values(paths))
    for (const operation of Object.values(operations))
      for (const parameter of operation.parameters ?? [])
        if (parameter.example !== undefined) found[parameter.name] = parameter.example;
  return found;
}

async function show() {
  list.replaceChildren();
  const answer = await fetch("/openapi.json", { headers: headers() });
  const document = await answer.json();
  if (!answer.ok) { list.append(element("p", {}, document.error)); return; }
  const names = exampleNames(document.paths);
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) box(path, method, operation, names);
}

token.addEventListener("change", show);
show();
