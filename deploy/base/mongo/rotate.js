// Tells this member to read its certificate and the authorities again; connections stay. HOST, CA_FILE: as in serves.js.
// KEYFILE: what the members share, with which one may log in as a member.
const fs = require("fs");

const key = fs.readFileSync(process.env.KEYFILE, "utf8").replace(/\s/g, "");
const options = new URLSearchParams({
  authSource: "local",
  directConnection: "true",
  serverSelectionTimeoutMS: "4000",
  tls: "true",
  tlsCAFile: process.env.CA_FILE,
});
const admin = new Mongo(`mongodb://__system:${encodeURIComponent(key)}@${process.env.HOST}:27017/?${options}`).getDB("admin");
const done = admin.runCommand({ rotateCertificates: 1, message: "the files were replaced" });
if (!done.ok) throw new Error(`rotateCertificates: ${done.codeName}`);
