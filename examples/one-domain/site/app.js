// Each form asks the API on the same domain and shows the answer with the headers that tell where it came from.

const HEADERS = ["x-cache", "age", "x-amz-cf-pop", "x-amz-cf-id", "x-amzn-requestid"];

const answerOf = (id) => document.getElementById(`${id}-answer`);

async function ask(id, path, options, show) {
  const output = answerOf(id);
  output.textContent = "…";
  const started = performance.now();
  try {
    const response = await fetch(path, options);
    const shown = await show(response);
    const took = Math.round(performance.now() - started);
    const lines = HEADERS.filter((name) => response.headers.has(name)).map(
      (name) => `${name}: ${response.headers.get(name)}`,
    );
    output.textContent = [`${response.status} in ${took} ms`, ...lines, "", shown].join("\n").trimEnd();
  } catch (error) {
    output.innerHTML = '<span class="error"></span>';
    output.firstChild.textContent = String(error);
  }
}

async function text(response) {
  const body = await response.text();
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function onSubmit(id, send) {
  document.getElementById(id).addEventListener("submit", (event) => {
    event.preventDefault();
    send(new FormData(event.target));
  });
}

onSubmit("greeting", (form) =>
  ask("greeting", `/api/greeting?name=${encodeURIComponent(form.get("name"))}`, {}, text),
);

onSubmit("submit", (form) =>
  ask(
    "submit",
    "/api/submit",
    {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: form.get("text") }),
    },
    text,
  ),
);

// API Gateway decodes a base64 body only if the first type of Accept is a binary media type of the API.
const showPicture = (form) =>
  ask(
    "picture",
    `/api/picture?size=${form.get("width")}x${form.get("height")}`,
    { headers: { Accept: "image/png" } },
    async (response) => {
      if (!response.headers.get("content-type")?.startsWith("image/")) {
        return text(response);
      }
      const image = document.getElementById("picture-image");
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(await response.blob());
      return "";
    },
  );
onSubmit("picture", showPicture);

function drawDaylight(data) {
  const svg = document.getElementById("daylight");
  const colors = ["#b4572b", "#d9a441", "#5f8f6b", "#3f7fa3", "#7a5ea8"];
  const parts = [];
  for (let hour = 0; hour <= 24; hour += 6) {
    const y = 240 - hour * 9.5;
    parts.push(`<line class="grid" x1="24" x2="640" y1="${y}" y2="${y}"/><text x="0" y="${y + 4}">${hour} h</text>`);
  }
  data.cities.forEach((city, index) => {
    const points = data.days.map((day, at) => `${24 + (at * 616) / 365},${240 - (day.minutes[index] / 60) * 9.5}`);
    parts.push(`<polyline fill="none" stroke="${colors[index]}" stroke-width="2" points="${points.join(" ")}"/>`);
    parts.push(`<text x="648" y="${20 + index * 18}" style="fill:${colors[index]}">${city.name}</text>`);
  });
  svg.innerHTML = parts.join("");
}

ask("daylight", "/data.json", {}, async (response) => {
  const data = await response.json();
  drawDaylight(data);
  return `${data.days.length} days, ${data.cities.length} cities`;
});
ask("greeting", "/api/greeting?name=Ada", {}, text);
showPicture(new FormData(document.getElementById("picture")));
