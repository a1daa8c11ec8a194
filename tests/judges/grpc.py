"""grpcio, Google's own gRPC, against the running orders example, with stubs that protoc made of the generated `.proto` files.

grpc.py ADDRESS PID STUBS: where gRPC is, the server's process, and the folder of the stubs. Run with `-I`: the name of this file
would else hide the package.
"""

import contextlib
import datetime
import decimal
import itertools
import os
import signal
import sys
import threading
import uuid

address, server, stubs = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sys.path.insert(0, stubs)

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.empty_pb2 import Empty
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2 as health
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from shop.common.v1 import common_pb2 as common
from shop.orders.v1 import orders_pb2 as pb
from shop.orders.v1.orders_pb2_grpc import OrdersStub

SERVICE = "shop.orders.v1.Orders"
NOBODY = "00000000-0000-4000-8000-000000000000"
CUSTOMER = "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01"
checks = 0


def check(found, wanted, what):
    global checks
    assert found == wanted, f"{what}: wanted {wanted!r:.2000}, found {found!r:.2000}"
    checks += 1


def draft(sku="TEA-1", quantity=2, **fields):
    line = pb.Line(sku=sku, quantity=quantity, price=common.Money(amount="3.50", currency="EUR"))
    total = common.Money(amount="7.00", currency="EUR")
    usual = {"customer": CUSTOMER, "lines": [line], "total": total, "payment": pb.Payment(cash=Empty())}
    return pb.OrderDraft(**usual | fields)


def place(orders, token=None, **fields):
    return orders.place(pb.PlaceRequest(draft=draft(**fields), token=token or str(uuid.uuid4())))


def failure(call, *details):
    """The code of a call that fails, and those details that are asked for, each as its type; None where it has none of it."""
    try:
        call()
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)  # It checks code and message of the details against those of the call.
        return error.code(), *(detail(status, kind) for kind in details)
    raise AssertionError("a call that should fail did not")


def detail(status, kind):
    for packed in status.details if status else ():
        unpacked = kind()
        if packed.Unpack(unpacked):
            return unpacked
    return None


def paths(call):
    """Code and paths of a call with violations."""
    code, bad = failure(call, BadRequest)
    return code.name, {violation.field for violation in bad.field_violations}


def values(orders):
    """Every kind of value that the contract has comes as it went."""
    payments = [
        pb.Payment(card=pb.Card(token="t", last4="4242")),
        pb.Payment(invoice=pb.InvoiceRef(number="R-7")),
        pb.Payment(cash=Empty()),
    ]
    tags = {"gift": "yes", "wrapped in": "naïve ☃ paper", "empty": ""}
    for payment, kind in zip(payments, ["card", "invoice", "cash"]):
        placed = place(orders, payment=payment, note="ring twice ☃", tags=tags)
        check((placed.payment, placed.payment.WhichOneof("case")), (payment, kind), "the oneof")
        check((placed.note, dict(placed.tags)), ("ring twice ☃", tags), "texts and map")
        check(orders.get(pb.GetRequest(id=placed.id)), placed, "the same order, read")
    check(uuid.UUID(placed.id).version, 8, "the id")
    check(str(uuid.UUID(placed.customer)), CUSTOMER, "the customer")
    now, at = datetime.datetime.now(datetime.timezone.utc), placed.placed_at.ToDatetime(datetime.timezone.utc)
    assert abs((now - at).total_seconds()) < 60, at
    check(placed.status, pb.STATUS_PLACED, "the default of an enum")
    big = "99999999999999.99999999999999"
    sums = [place(orders, total=common.Money(amount=sum, currency="EUR")).total.amount for sum in ["7.00", big, "-0.001"]]
    check([decimal.Decimal(sum) for sum in sums], [decimal.Decimal(sum) for sum in ["7.00", big, "-0.001"]], "decimals")
    bare = place(orders, status=pb.STATUS_SHIPPED)
    check((bare.status, bare.HasField("note"), len(bare.tags)), (pb.STATUS_SHIPPED, False, 0), "what was not said")


def keyed(orders):
    """A call with a key is made once."""
    token = str(uuid.uuid4())
    first = place(orders, token)
    check(place(orders, token), first, "the same key, the same order")
    code, *_ = failure(lambda: place(orders, token, sku="TEA-2"))
    check(code, grpc.StatusCode.ALREADY_EXISTS, "the key of another order")


def pages(orders):
    for _ in range(3):
        place(orders)
    found, token = [], None
    for _ in range(3):
        page = orders.find(pb.FindRequest(status=pb.STATUS_PLACED, page=common.Page(size=1, token=token)))
        found += [order.id for order in page.items]
        token = page.next
    check(len(set(found)), 3, "three pages of one order each")
    check(len(orders.find(pb.FindRequest(status=77, page=common.Page())).items), 0, "a status of a later version")
    check(paths(lambda: orders.find(pb.FindRequest(page=common.Page(size=501)))), ("INVALID_ARGUMENT", {"page.size"}), "a page")


def patches(orders):
    """A patch changes what it says, a field mask says what is null."""
    placed = place(orders, note="ring twice", tags={"a": "1", "b": "2"})
    said = {"total": common.MoneyPatch(amount="8.25"), "tags": pb.StringByString(entries={"c": "3"})}
    patch = pb.OrderPatch(nulls=FieldMask(paths=["note"]), **said)
    changed = orders.change(pb.ChangeRequest(id=placed.id, patch=patch))
    placed.ClearField("note")
    placed.total.amount = "8.25"
    placed.ClearField("tags")
    placed.tags["c"] = "3"
    check(changed, placed, "an order that was changed")
    emptied = orders.change(pb.ChangeRequest(id=placed.id, patch=pb.OrderPatch(tags=pb.StringByString())))
    check((len(emptied.tags), emptied.total.amount), (0, "8.25"), "a map that is empty is said all the same")
    never = pb.ChangeRequest(id=placed.id, patch=pb.OrderPatch(nulls=FieldMask(paths=["total"])))
    check(paths(lambda: orders.change(never)), ("INVALID_ARGUMENT", {"patch.total"}), "null where it may not be")
    for _ in range(2):
        check(orders.cancel(pb.CancelRequest(id=placed.id)), Empty(), "cancel")
    check(orders.get(pb.GetRequest(id=placed.id)).status, pb.STATUS_CANCELLED, "a cancelled order")


def streams(orders):
    """Out, in, and both ways, each side at its own pace."""
    watching = orders.watch(pb.WatchRequest())
    watching.initial_metadata()  # The stream is open before there is anything to say.
    placed = [place(orders).id for _ in range(3)]
    seen = [next(watching) for _ in placed]
    check([(change.order, change.status) for change in seen], [(id, pb.STATUS_PLACED) for id in placed], "the changes")
    watching.cancel()
    check(watching.code(), grpc.StatusCode.CANCELLED, "a stream that is left")
    past = orders.watch(pb.WatchRequest(since=orders.get(pb.GetRequest(id=placed[0])).placed_at))
    check(placed[0] in {change.order for change in itertools.islice(past, 3)}, True, "changes since a time")
    past.cancel()

    line = draft().lines[0]
    check(orders.upload(itertools.repeat(line, 1000)).value, 2000, "what was uploaded")
    check(orders.upload(iter(())).value, 0, "nothing was uploaded")
    bad = pb.Line(sku="tea", quantity=0, price=line.price)
    code, found = failure(lambda: orders.upload(iter([line, bad])), BadRequest)
    check((code.name, found is not None), ("INVALID_ARGUMENT", True), "an item that breaks the contract")

    # Each answer is read before the next word is said.
    answered = threading.Semaphore(1)

    def words():
        for number in range(200):
            answered.acquire()
            yield pb.ChatRequest(value=f"word {number}")

    said = []
    for item in orders.chat(words()):
        said.append(item.value)
        answered.release()
    check(said, [f"You said: word {number}" for number in range(200)], "the chat")


def faults(orders):
    """A declared fault is a detail of its own type, whatever is wrong with the input has its path."""
    code, fields, info = failure(lambda: place(orders, sku="SOLD-OUT-1"), pb.OutOfStock, ErrorInfo)
    check((code.name, fields), ("FAILED_PRECONDITION", pb.OutOfStock(sku="SOLD-OUT-1", available=0)), "OutOfStock")
    check((info.reason, info.domain), ("OUT_OF_STOCK", "shop.orders"), "its ErrorInfo")
    nobody = {orders.get: pb.GetRequest(id=NOBODY), orders.cancel: pb.CancelRequest(id=NOBODY)}
    nobody[orders.change] = pb.ChangeRequest(id=NOBODY, patch=pb.OrderPatch())
    for method, input in nobody.items():
        code, fields, info, other = failure(lambda: method(input), pb.NotFound, ErrorInfo, pb.OutOfStock)
        check((code.name, fields, other), ("NOT_FOUND", pb.NotFound(id=NOBODY), None), "NotFound")
        check((info.reason, info.domain), ("NOT_FOUND", "shop.orders"), "its ErrorInfo")

    wrong = "INVALID_ARGUMENT"
    check(paths(lambda: orders.place(pb.PlaceRequest())), (wrong, {"draft", "token"}), "nothing is there")
    no_total = draft(sku="tea", quantity=0)
    no_total.ClearField("total")
    no_total.lines[0].price.ClearField("amount")
    missing = {"draft.total", "draft.lines[0].price.amount"}
    check(paths(lambda: orders.place(pb.PlaceRequest(draft=no_total, token="k"))), (wrong, missing), "fields that are missing")
    broken = {"draft.lines[0].sku", "draft.lines[0].quantity", "draft.total.currency"}
    euro = common.Money(amount="7.00", currency="euro")
    check(paths(lambda: place(orders, sku="tea", quantity=0, total=euro)), (wrong, broken), "fields that break a constraint")
    no_number = common.Money(amount="much", currency="EUR")
    check(paths(lambda: place(orders, total=no_number)), (wrong, {"draft.total.amount"}), "a decimal that is none")
    check(paths(lambda: orders.get(pb.GetRequest(id="7"))), (wrong, {"id"}), "a uuid that is none")
    check(paths(lambda: place(orders, payment=pb.Payment())), (wrong, {"draft.payment"}), "a oneof without a case")


def busy(orders):
    """The warehouse answers 64 questions at once: of 200 that come in one moment, some are told when to ask again."""
    refused = []
    for _ in range(20):
        with standing_still():
            calls = [orders.place.future(pb.PlaceRequest(draft=draft(), token=str(uuid.uuid4()))) for _ in range(200)]
        refused += [failure(call.result, pb.Busy, RetryInfo, ErrorInfo) for call in calls if call.exception()]
        if refused:
            break
    told = {
        (code.name, info.reason, fields.retry_after.ToMilliseconds(), retry.retry_delay.ToMilliseconds())
        for code, fields, retry, info in refused
    }
    check(told, {("UNAVAILABLE", "BUSY", 100, 100)}, "Busy, and when to try again")


@contextlib.contextmanager
def standing_still():
    """The server, for a while; what is sent to it meanwhile it reads at once."""
    os.kill(server, signal.SIGSTOP)
    try:
        yield
        # Until all of it is on its way.
        threading.Event().wait(0.3)
    finally:
        os.kill(server, signal.SIGCONT)


def time(orders):
    """Deadlines of both sides, and calls that are given up."""
    late = pb.PlaceRequest(draft=draft(), token=str(uuid.uuid4()))
    check(failure(lambda: orders.place(late, timeout=0.001))[0].name, "DEADLINE_EXCEEDED", "the caller's deadline")
    open_end, ended = threading.Event(), threading.Event()

    def lines():
        yield draft().lines[0]
        open_end.wait(30)

    # The contract gives a call two seconds; this caller gives it all the time there is.
    check(failure(lambda: orders.upload(lines()))[0].name, "DEADLINE_EXCEEDED", "the contract's deadline")
    upload = orders.upload.future(lines())
    upload.add_done_callback(lambda _: ended.set())
    upload.cancel()
    check((ended.wait(5), upload.code().name), (True, "CANCELLED"), "a call that is given up")
    open_end.set()
    check(orders.upload(iter(())).value, 0, "the connection goes on")


def strangers(channel):
    """Calls that no stub would make."""
    raw = lambda path, input, **options: lambda: channel.unary_unary(path)(input, **options)
    get = pb.GetRequest(id=NOBODY).SerializeToString()
    for path in [f"/{SERVICE}/nothing", "/shop.orders.v2.Orders/get", "/nothing.Here/get"]:
        check(failure(raw(path, get))[0].name, "UNIMPLEMENTED", path)
    check(failure(raw(f"/{SERVICE}/get", b"\xff\xff\xff"))[0].name, "INVALID_ARGUMENT", "bytes that are no message")
    check(failure(raw(f"/{SERVICE}/get", get + b"\x9a\x06\x03new"))[0].name, "NOT_FOUND", "a field of a later version")
    check(failure(raw(f"/{SERVICE}/get", bytes(3 << 20)))[0].name, "RESOURCE_EXHAUSTED", "a message that is too large")
    gzip = failure(raw(f"/{SERVICE}/get", get * 100, compression=grpc.Compression.Gzip))
    check(gzip[0].name, "UNIMPLEMENTED", "a message that is compressed")


def metadata(orders):
    """A request's name comes back, and is given where there was none; also where the call fails."""
    named = [("x-request-id", "judge-7"), ("x-tenant", "blue"), ("x-bytes-bin", b"\x00\xff")]
    _, call = orders.find.with_call(pb.FindRequest(page=common.Page()), metadata=named)
    check(dict(call.initial_metadata())["x-request-id"], "judge-7", "the request's name")
    _, call = orders.find.with_call(pb.FindRequest(page=common.Page()))
    check(len(dict(call.initial_metadata())["x-request-id"]) > 8, True, "a name of the server's own")
    call = orders.get.future(pb.GetRequest(id=NOBODY), metadata=named)
    call.exception()
    told = dict(call.initial_metadata()) | dict(call.trailing_metadata())
    check(told["x-request-id"], "judge-7", "the name of a request that failed")


def serving(channel):
    stub = HealthStub(channel)
    for name in ["", SERVICE]:
        check(stub.Check(health.HealthCheckRequest(service=name)).status, health.HealthCheckResponse.SERVING, f"`{name}`")
    watching = stub.Watch(health.HealthCheckRequest(service=SERVICE))
    check(next(watching).status, health.HealthCheckResponse.SERVING, "watched")
    watching.cancel()
    check(failure(lambda: stub.Check(health.HealthCheckRequest(service="nothing.Here")))[0].name, "NOT_FOUND", "health")


def reflection(channel):
    """What the server tells of itself is what protoc read, and enough to call it without any stub."""
    known = ProtoReflectionDescriptorDatabase(channel)
    check(SERVICE in known.get_services(), True, "the services")
    with open(f"{stubs}/protoc.binpb", "rb") as protoc:
        files = {file.name: file for file in FileDescriptorSet.FromString(protoc.read()).file}
    for name in [pb.DESCRIPTOR.name, common.DESCRIPTOR.name]:
        check(known.FindFileByName(name), files[name], name)
    check(known.FindFileContainingSymbol(SERVICE), files[pb.DESCRIPTOR.name], "the file of a service")
    method = DescriptorPool(known).FindServiceByName(SERVICE).FindMethodByName("find")
    request, answer = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    call = channel.unary_unary(f"/{SERVICE}/find", request.SerializeToString, answer.FromString)
    asked = request()
    asked.page.size = 2
    check(len(call(asked).items), 2, "a call without stubs")


with grpc.insecure_channel(address, [("grpc.enable_retries", 0)]) as channel:
    orders = OrdersStub(channel)
    for judge in [values, keyed, pages, patches, streams, faults, busy, time, metadata]:
        judge(orders)
    for judge in [strangers, serving, reflection]:
        judge(channel)
print(f"{checks} passed, 0 failed")
