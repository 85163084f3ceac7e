// What all these tests share: where the server is, and how to ask it without any client library.
// `npm test` starts a server with the sample site; DATELINE_URL names another one that serves it.

import net from 'node:net';

export const server = new URL(process.env.DATELINE_URL ?? 'http://127.0.0.1:8080');
export const endpoint = new URL('/graphql', server).href;

/** Sends one operation and reads the answer, whatever its status. */
export async function ask(query, { variables, operationName, accept } = {}) {
  return post(JSON.stringify({ query, variables, operationName }), {
    accept: accept ?? 'application/graphql-response+json',
  });
}

/** Sends a body as it is. */
export async function post(body, headers = {}) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

/** The code and limit of the only error in an answer. */
export function refusal(answer) {
  const { code, limit, measured, maximum } = answer.json.errors[0].extensions;
  return { code, limit, measured, maximum };
}

/** A socket that collects what the server says and knows when it was closed. */
export function connection() {
  const socket = net.connect({ host: server.hostname, port: server.port || 80 });
  const opened = performance.now();
  const state = { socket, received: '', closedAfter: undefined };
  socket.on('data', (data) => { state.received += data; });
  socket.on('error', () => {});
  state.closed = new Promise((resolve) => {
    socket.on('close', () => {
      state.closedAfter = performance.now() - opened;
      resolve(state.closedAfter);
    });
  });
  return state;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
