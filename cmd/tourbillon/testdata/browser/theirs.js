// Somebody else's page: socket.io-client as it comes, with default options. It
// books by the API, and follows the departure and its booking.
const socket = io();
const departure = new URLSearchParams(location.search).get("departure");
const topics = ["departure:" + departure];
const put = (id, text) => { document.getElementById(id).textContent = text; };

function show(v) {
  if (v.type !== "value") return;
  if (v.topic === topics[0]) put("seats", v.data.available);
  else if (v.topic === topics.at(-1)) {
    put("status", v.data.status);
    put("reason", v.data.reason ?? "");
  }
}

async function book(token) {
  put("status", "none");
  const resp = await fetch("/bookings", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ departureId: departure, seats: 2, customer: { name: "Ada", email: "ada@example.com" }, payment: { token } }),
  });
  topics.push("booking:" + (await resp.json()).bookingId);
  socket.emit("subscribe", topics.at(-1), show);
}

socket.on("connect", () => {
  put("by", socket.io.engine.transport.name);
  for (const topic of topics) socket.emit("subscribe", topic, show);
  socket.io.engine.on("upgrade", (transport) => put("by", transport.name));
});
socket.on("value", show);
socket.on("disconnect", () => put("by", "nothing"));
for (const button of document.querySelectorAll("button")) button.addEventListener("click", () => book(button.value));
