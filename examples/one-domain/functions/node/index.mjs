// Greets, takes messages and gives them back. A warm process keeps the messages; a cold one starts with none.
const messages = new Map();
let invocations = 0;

export const handler = async (event) => {
  invocations += 1;
  switch (event.resource) {
    case "/api/greeting":
      return greeting(event);
    case "/api/submit":
      return submit(event);
    case "/api/messages/{id}":
      return message(event.pathParameters.id);
    default:
      return answer(404, { error: `No such resource: ${event.resource}` });
  }
};

function greeting(event) {
  const name = event.queryStringParameters?.name?.trim() || "stranger";
  return answer(200, {
    text: `${process.env.GREETING}, ${name}!`,
    invocations,
    host: event.headers.Host,
    stage: event.requestContext.stage,
    path: event.path,
    forwardedFor: event.headers["X-Forwarded-For"],
    requestId: event.requestContext.requestId,
  });
}

function submit(event) {
  let body;
  try {
    const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body;
    body = JSON.parse(text);
  } catch {
    return answer(400, { error: "The body is not JSON." });
  }
  if (typeof body?.text !== "string" || body.text.trim() === "") {
    return answer(400, { error: "Please send {\"text\": \"…\"}." });
  }
  const id = String(messages.size + 1);
  messages.set(id, { id, text: body.text.trim().slice(0, 200), at: new Date().toISOString() });
  console.log(`message ${id} has ${body.text.length} characters`);
  return answer(201, messages.get(id), { Location: `/api/messages/${id}` });
}

function message(id) {
  const found = messages.get(id);
  return found ? answer(200, found) : answer(404, { error: `There is no message ${id}.` });
}

function answer(statusCode, body, headers = {}) {
  return {
    statusCode,
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}
