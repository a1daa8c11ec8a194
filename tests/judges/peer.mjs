// One end of loom.v1.json that does nothing by itself: what is said and what is heard, frame by frame.
import assert from "node:assert/strict";

export class Peer {
  #frames = [];
  #wake = () => {};
  #last = -1;

  // An open connection that has said nothing yet.
  static async open(url, protocols = "loom.v1.json") {
    const peer = new Peer();
    peer.socket = new WebSocket(url, protocols);
    peer.socket.onmessage = ({ data }) => (peer.#frames.push(JSON.parse(data)), peer.#wake());
    peer.closed = new Promise((resolve) => (peer.socket.onclose = resolve));
    await new Promise((resolve, reject) => ((peer.socket.onopen = resolve), (peer.socket.onerror = reject)));
    return peer;
  }

  static async ready(url, hello = {}) {
    const peer = await Peer.open(url);
    peer.say({ t: "hello", ...hello });
    peer.ready = await peer.next((frame) => frame.t === "ready");
    return peer;
  }

  say(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  // Opens a call; its number comes back.
  open(m, d, more = {}) {
    const id = (this.#last += 2);
    this.say({ t: "req", id, m, d, ...more });
    return id;
  }

  // The first frame that is wanted; others stay for whoever wants them.
  async next(wanted, ms = 10_000) {
    const deadline = Date.now() + ms;
    for (;;) {
      const at = this.#frames.findIndex(wanted);
      if (at >= 0) return this.#frames.splice(at, 1)[0];
      assert.ok(Date.now() < deadline, `nothing came of ${wanted}; there is ${JSON.stringify(this.#frames)}`);
      await new Promise((resolve) => ((this.#wake = resolve), setTimeout(resolve, 1000).unref()));
    }
  }

  of(id, ms) {
    return this.next((frame) => frame.id === id, ms);
  }

  async answer(m, d, more) {
    return this.of(this.open(m, d, more));
  }

  // How many frames of a call have come; behind a pong, since frames keep their order.
  async waiting(id) {
    const n = Math.floor(Math.random() * 1e6);
    this.say({ t: "ping", n });
    await this.next((frame) => frame.t === "pong" && frame.n === n);
    return this.#frames.filter((frame) => frame.id === id).length;
  }
}
