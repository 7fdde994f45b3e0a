// Somebody else's page: socket.io-client as it comes, with default options.
const socket = io();
const topic = "departure:" + new URLSearchParams(location.search).get("departure");
const show = (value) => {
  if (value.type === "value") document.getElementById("seats").textContent = value.data.available;
  document.getElementById("by").textContent = socket.io.engine.transport.name;
};
socket.on("connect", () => {
  socket.emit("subscribe", topic, show);
  socket.io.engine.on("upgrade", () => { document.getElementById("by").textContent = socket.io.engine.transport.name; });
});
socket.on("value", show);
socket.on("disconnect", () => { document.getElementById("by").textContent = "nothing"; });
