// Ends with 0 if this member can serve: it is the primary, or follows it. One that still copies the data, recovers or
// belongs to no set cannot, although its port is open. HOST: its name in the certificate. CA_FILE: who signed that.
const url = `mongodb://${process.env.HOST}:27017/?directConnection=true&tls=true&serverSelectionTimeoutMS=4000`;
const said = new Mongo(`${url}&tlsCAFile=${encodeURIComponent(process.env.CA_FILE)}`).getDB("admin").hello();
quit(said.isWritablePrimary || said.secondary ? 0 : 1);
