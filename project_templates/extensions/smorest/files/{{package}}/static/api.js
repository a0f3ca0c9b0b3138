// Send what a form on the page about the API describes, and show the response below it.
for (const form of document.querySelectorAll("form[data-path]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const request = { method: form.dataset.method.toUpperCase(), headers: {} };
    for (const { dataset, name, value } of form.querySelectorAll("[data-in]")) {
      if (dataset.in === "path") {
        path = path.replace(`{${name}}`, encodeURIComponent(value));
      } else if (dataset.in === "query" && value) {
        query.set(name, value);
      } else if (dataset.in === "header" && value) {
        request.headers[name] = value;
      } else if (dataset.in === "token") {
        request.headers.Authorization = `Bearer ${value}`;
      } else if (dataset.in === "body") {
        request.headers["Content-Type"] = "application/json";
        request.body = value;
      }
    }
    const output = form.querySelector("[role=status]");
    try {
      const response = await fetch(query.size ? `${path}?${query}` : path, request);
      const tag = response.headers.get("ETag");
      const lines = [`${response.status} ${response.statusText}`, tag ? `ETag: ${tag}` : ""];
      output.textContent = [...lines.filter(Boolean), await response.text()].join("\n");
    } catch (error) {
      output.textContent = error;
    }
  });
}
