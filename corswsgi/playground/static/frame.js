// The script of a page of one of the origins. It makes a call for the control page and reports what a script can see.
// Messages from other pages are ignored.
"use strict";
{
  const control = document.documentElement.dataset.control;
  const longest = 20000; // characters of a body that are reported
  let violation = null;
  document.addEventListener("securitypolicyviolation", (event) => {
    if (event.effectiveDirective === "connect-src") violation = event.effectiveDirective;
  });

  // The same as fetch(), by an XMLHttpRequest.
  const withXHR = (url, { method, headers, body, credentials, api }) => new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.withCredentials = credentials === "include";
    for (const [name, value] of headers) xhr.setRequestHeader(name, value);
    if (api === "xhr-upload") xhr.upload.addEventListener("progress", () => {});
    xhr.onerror = () => reject(new TypeError("the XMLHttpRequest failed, and its status is 0"));
    xhr.onload = () => {
      const lines = xhr.getAllResponseHeaders().split("\r\n").filter(Boolean);
      const pairs = lines.map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1).trim()]);
      resolve({ type: null, status: xhr.status, headers: pairs, text: () => xhr.responseText });
    };
    xhr.send(body);
  });

  async function make({ url, ...init }) {
    violation = null;
    try {
      const response = await (init.api.startsWith("xhr") ? withXHR : fetch)(url, init);
      const { type, status, headers } = response;
      const body = (await response.text()).slice(0, longest);
      return { type, status, headers: [...headers], body };
    } catch (error) {
      return { error: String(error) };
    }
  }

  addEventListener("message", async (event) => {
    if (event.origin !== control || event.source !== parent || parent === window || !event.ports[0]) return;
    const [port] = event.ports;
    // checked a little later, because the report of a violation comes after the error
    port.onmessage = () => port.postMessage({ violation });
    port.postMessage(await make(event.data));
  });
}
