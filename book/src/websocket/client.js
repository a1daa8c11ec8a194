// A client of loom.v1.json with nothing but the platform's WebSocket: for browsers, and for node 22 or newer.

export class LoomError extends Error {
  constructor({ code, kind, message, fields, violations, retry_after_ms }) {
    super(message);
    Object.assign(this, { code, kind, fields, violations, retry_after_ms });
  }
}

export class Loom {
  #socket;
  #last = -1; // Calls have odd numbers, each larger than the one before.
  #calls = new Map(); // What hears the frames of a call, by its number.
  operations = [];

  static connect(url) {
    return new Promise((resolve, reject) => {
      const loom = new Loom();
      const socket = (loom.#socket = new WebSocket(url, "loom.v1.json"));
      socket.onopen = () => loom.#say({ t: "hello" });
      socket.onclose = ({ code, reason }) => {
        const ended = { t: "err", code: "unavailable", message: reason || `the connection was closed with ${code}` };
        reject(new LoomError(ended));
        for (const hear of loom.#calls.values()) hear(ended);
      };
      socket.onmessage = ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.t === "ready") resolve(Object.assign(loom, { operations: frame.operations, window: frame.window }));
        else if (frame.t === "ping") loom.#say({ t: "pong", n: frame.n });
        else loom.#calls.get(frame.id)?.(frame);
      };
    });
  }

  close() {
    this.#socket.close(1000);
  }

  // One message in, one out: `await loom.call("shop.orders.Orders/find", { id: 7 }, { ms: 2000 })`.
  // With `items`, an iterable of any kind, the input is a stream.
  call(method, input, { ms, meta, items } = {}) {
    return new Promise((resolve, reject) => {
      const id = this.#open({ m: method, d: input, ms, meta }, (frame) => {
        if (frame.t === "credit") return feeding?.(frame.n);
        this.#calls.delete(id);
        feeding?.(0, true);
        frame.t === "err" ? reject(new LoomError(frame)) : resolve(frame.d);
      });
      const feeding = items && this.#feed(id, items, reject);
    });
  }

  // A stream out: `for await (const event of loom.stream("shop.orders.OrderPlaced")) …`. Leaving the loop cancels it.
  async *stream(method, input, { meta, items } = {}) {
    const frames = [];
    let wake = () => {};
    const id = this.#open({ m: method, d: input, meta }, (frame) => {
      if (frame.t === "credit") return feeding?.(frame.n);
      frames.push(frame);
      wake();
    });
    const feeding = items && this.#feed(id, items, (error) => frames.push({ t: "err", message: String(error) }) && wake());
    let live = true;
    let taken = 0;
    try {
      for (;;) {
        while (frames.length === 0) await new Promise((resolve) => (wake = resolve));
        const frame = frames.shift();
        live = frame.t === "item" || frame.t === "res";
        if (frame.t === "err") throw new LoomError(frame);
        if (frame.t === "end") return;
        if (frame.t !== "item") continue;
        // Leave for more is given when it has been consumed, some at a time.
        if (++taken % 8 === 0) this.#say({ t: "credit", id, n: 8 });
        yield frame.d;
      }
    } finally {
      this.#calls.delete(id);
      feeding?.(0, true);
      if (live) this.#say({ t: "cancel", id });
    }
  }

  #open(request, hear) {
    const id = (this.#last += 2);
    this.#calls.set(id, hear);
    this.#say({ t: "req", id, ...request });
    return id;
  }

  // Sends items as far as the server lets us. What it gives back takes more credit, or the end of it all.
  #feed(id, items, failed) {
    let [credit, over, wake] = [this.window, false, () => {}];
    (async () => {
      for await (const item of items) {
        while (credit === 0 && !over) await new Promise((resolve) => (wake = resolve));
        if (over) return;
        credit -= 1;
        this.#say({ t: "item", id, d: item });
      }
      if (!over) this.#say({ t: "end", id });
    })().catch((error) => {
      this.#say({ t: "cancel", id });
      failed(error);
    });
    return (more, end = false) => {
      credit += more;
      over ||= end;
      wake();
    };
  }

  #say(frame) {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }
}
