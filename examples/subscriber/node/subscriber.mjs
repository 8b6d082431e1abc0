// Keeps a copy of who is there: node subscriber.mjs NAME LOG [SNAPSHOT]
//
// NAME is the durable place that an operator made, SNAPSHOT what that printed; NATS_URL says where
// NATS is. Stop it as you like: it goes on where it was.
//
// LOG has one line for each thing that was handled, {"of", "sequence", "user_id", "username"}: number
// and effect are one line, so they are there together or not at all. Who is there is what it says.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const [name, path, snapshot] = process.argv.slice(2);

// How often an event that comes too soon is put off by a second, before it is handled anyway.
const PATIENCE = 60;

const AUTH = "/userhub/auth";

const handled = new Map(); // by person and service: the number of the last event
const people = new Map();

function apply({ of, sequence, user_id, username }) {
  handled.set(of, sequence);
  if (username) people.set(user_id, username);
  else if (user_id) people.delete(user_id);
}

// A line that was not finished when the process died was not acknowledged either: its event comes again.
function readLog() {
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  truncateSync(path, Buffer.byteLength(whole));
  for (const line of whole.split("\n")) if (line) apply(JSON.parse(line));
}

function write(log, entries) {
  writeSync(log, entries.map((entry) => JSON.stringify(entry) + "\n").join(""));
  fsyncSync(log);
  entries.forEach(apply);
}

function takeSnapshot(log) {
  if (handled.has("snapshot")) return;
  const lines = readFileSync(snapshot, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const entries = lines.map(({ user_id, username, sequence }) => ({ of: `${user_id} ${AUTH}`, sequence, user_id, username }));
  write(log, [...entries, { of: "snapshot", sequence: 0 }]);
}

function effectOf({ type, data }) {
  switch (type) {
    case "auth.user_registered":
    case "auth.username_changed":
      return { user_id: data.user_id, username: data.username };
    case "auth.user_deleting":
      return { user_id: data.user_id };
    default:
      return {};
  }
}

readLog();
const log = openSync(path, "a");
if (snapshot) takeSnapshot(log);

const url = new URL(process.env.NATS_URL);
const client = await connect({
  servers: url.host,
  user: url.username ? decodeURIComponent(url.username) : undefined,
  pass: url.password ? decodeURIComponent(url.password) : undefined,
  inboxPrefix: "_INBOX.subscriber",
  maxReconnectAttempts: -1,
  tls: url.protocol === "tls:" ? { handshakeFirst: true } : undefined,
});
process.once("SIGTERM", () => client.close());
process.once("SIGINT", () => client.close());

const place = await jetstream(client).consumers.get("EVENTS", name);
// Without this it would wait for ever at a place that is gone, as after a loss of NATS's data.
for await (const message of await place.consume({ abort_on_missing_resource: true })) {
  // Of Userhub's services one had given up on it; and nothing is kept here that others than auth tell.
  const event = message.json();
  if (message.headers?.has("Userhub-Replay-For") || event.source !== AUTH) {
    message.ack();
    continue;
  }
  const of = `${event.subject} ${event.source}`;
  const sequence = Number(event.sequence);
  // Who is not in the snapshot came after it, so their first event has number 1.
  const last = handled.get(of) ?? handled.get("snapshot");
  // What was under way when a connection broke comes again after a while, behind what is later.
  if (last !== undefined && sequence > last + 1 && message.info.deliveryCount < PATIENCE) {
    message.nak(1000);
    continue;
  }
  if (last === undefined || sequence > last) write(log, [{ of, sequence, ...effectOf(event) }]);
  message.ack();
}
closeSync(log);
