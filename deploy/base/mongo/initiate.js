// Makes a replica set of MEMBERS and the services' users; what exists already stays, so it may run any number of times.
//
// MEMBERS: host:port, comma separated. CA_FILE: who must have signed their certificates. The others are absent where the
// set runs without passwords. KEYFILE: what the
// members share, with which one may log in as a member. USERS: a folder of one password file per service. CELL_FILE: the
// cell's facts, of which the code is part of the names of databases.
const fs = require("fs");

const members = process.env.MEMBERS.split(",");
const key = process.env.KEYFILE ? fs.readFileSync(process.env.KEYFILE, "utf8").replace(/\s/g, "") : null;
const ALREADY_INITIALIZED = 23;
const WAIT_MS = 1000;
const TRIES = 60;

function connect(hosts, options) {
  const login = key ? `__system:${encodeURIComponent(key)}@` : "";
  const encrypted = { tls: "true", tlsCAFile: process.env.CA_FILE };
  const all = new URLSearchParams({ ...options, ...encrypted, ...(key ? { authSource: "local" } : {}) });
  return new Mongo(`mongodb://${login}${hosts}/?${all}`);
}

function patiently(what, attempt) {
  for (let left = TRIES; ; left--) {
    try {
      return attempt();
    } catch (err) {
      if (left === 0) throw err;
      print(`${what}: ${err.message}`);
      sleep(WAIT_MS);
    }
  }
}

patiently("waiting for the members", () => {
  const first = connect(members[0], { directConnection: "true" });
  try {
    first.getDB("admin").runCommand({
      replSetInitiate: { _id: "prm", members: members.map((host, _id) => ({ _id, host })) },
    });
  } catch (err) {
    if (err.code !== ALREADY_INITIALIZED) throw err;
  }
});

const admin = patiently("waiting for a primary", () => {
  const set = connect(members.join(","), { replicaSet: "prm", serverSelectionTimeoutMS: "5000" });
  if (!set.getDB("admin").hello().isWritablePrimary) throw new Error("none yet");
  return set.getDB("admin");
});

function grantUsers(folder, cell) {
  const names = fs.readdirSync(folder).filter((file) => !file.startsWith("."));
  const databases = (name) => ["", "_keys", "_ledger"].map((end) => `prm_${cell}_${name}${end}`);
  for (const name of names) {
    const pwd = fs.readFileSync(`${folder}/${name}`, "utf8").trim();
    // Each service keeps to its own databases, of data, keys and ledger: the server refuses it every other. The backup reads
    // those of all services and writes none.
    const roles =
      name === "backup"
        ? names.filter((one) => one !== name).flatMap(databases).map((db) => ({ role: "read", db }))
        : databases(name).map((db) => ({ role: "readWrite", db }));
    const grant = { pwd, roles };
    if (admin.getUser(name)) admin.updateUser(name, grant);
    else admin.createUser({ user: name, ...grant });
  }
}

if (process.env.USERS) {
  const [, cell] = fs.readFileSync(process.env.CELL_FILE, "utf8").match(/^code\s*=\s*"(\w+)"/m);
  grantUsers(process.env.USERS, cell);
}
print("the replica set stands");
