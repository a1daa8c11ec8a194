//! The descriptor set read back by prost, and what a `.proto` says of contracts that protobuf has its own mind about.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use wireloom_codegen::bind::bind;
use wireloom_codegen::{Options, Wires, descriptor_set, generate};

use crate::golden::{KITCHEN, SHOP};
use crate::harness::{corpus, lines, read};

fn descriptors(paths: &[&str]) -> FileDescriptorSet {
    let read = corpus(paths);
    let (views, _) = bind(&read.contract, Wires::default());
    FileDescriptorSet::decode(descriptor_set(&read.contract, &views).as_slice()).expect("it is protobuf")
}

/// The text of one package's file.
fn text(contract: &str) -> String {
    let read = read(&[("a.loom", contract)]);
    assert!(!read.report.has_errors(), "{}", lines(&read.sources, &read.report));
    let mut options = Options::default();
    options.only = vec!["proto".to_owned()];
    let (files, report) = generate(&read.contract, &read.sources, &options);
    assert!(!report.has_errors(), "{}", lines(&read.sources, &report));
    let (_, text) = files.iter().next().expect("one file");
    text.split_once("package a.v1;\n").expect("a package").1.trim().to_owned()
}

#[test]
fn the_set_is_whole_and_its_names_resolve() {
    for paths in [SHOP, KITCHEN] {
        let set = descriptors(paths);
        let mut known = BTreeSet::new();
        let mut files = BTreeSet::new();
        for file in &set.file {
            for path in &file.dependency {
                assert!(files.contains(path), "{path} stands before {}", file.name());
            }
            files.insert(file.name().to_owned());
            let package = format!(".{}", file.package());
            file.message_type.iter().for_each(|it| declare(&package, it, &mut known));
            known.extend(file.enum_type.iter().map(|it| format!("{package}.{}", it.name())));
        }
        let used = set.file.iter().flat_map(names).collect::<BTreeSet<_>>();
        assert!(used.is_subset(&known), "{:?}", used.difference(&known).collect::<Vec<_>>());
        let google: Vec<&String> = files.iter().filter(|path| path.starts_with("google/")).collect();
        assert!(google.iter().any(|path| path.ends_with("timestamp.proto")), "{google:?}");
        assert!(set.file.iter().any(|file| !file.service.is_empty()));
    }
}

fn declare(scope: &str, message: &DescriptorProto, known: &mut BTreeSet<String>) {
    let name = format!("{scope}.{}", message.name());
    message.nested_type.iter().for_each(|it| declare(&name, it, known));
    known.insert(name);
}

fn names(file: &FileDescriptorProto) -> Vec<String> {
    let messages = file.message_type.iter().flat_map(|it| std::iter::once(it).chain(&it.nested_type));
    let fields = messages.flat_map(|it| &it.field).filter_map(|field| field.type_name.clone());
    let methods = file.service.iter().flat_map(|it| &it.method);
    let flows = methods.flat_map(|it| [it.input_type().to_owned(), it.output_type().to_owned()]);
    fields.chain(flows).collect()
}

#[test]
fn messages_are_what_the_codec_writes() {
    let set = descriptors(SHOP);
    let files = set.file.iter().map(|file| (file.name(), file)).collect::<BTreeMap<_, _>>();
    let orders = files["shop/orders/v1/orders.proto"];
    let order = orders.message_type.iter().find(|it| it.name() == "Order").expect("an order");
    let fields: Vec<String> = order.field.iter().map(written).collect();
    assert_snapshot!(fields.join("\n"), @r"
    1 optional String id
    2 optional String customer
    3 repeated Message(.shop.orders.v1.Line) lines
    4 Message(.shop.common.v1.Money) total
    5 Message(.shop.orders.v1.Payment) payment
    6 optional Enum(.shop.orders.v1.Status) status
    7 optional String note
    8 repeated Message(.shop.orders.v1.Order.TagsEntry) tags
    9 Message(.google.protobuf.Timestamp) placedAt
    ");
}

fn written(field: &FieldDescriptorProto) -> String {
    let label = match (field.label(), field.proto3_optional()) {
        (Label::Repeated, _) => "repeated ",
        (_, true) => "optional ",
        _ => "",
    };
    let kind = match field.r#type() {
        Type::Message | Type::Enum => format!("{:?}({})", field.r#type(), field.type_name()),
        scalar => format!("{scalar:?}"),
    };
    format!("{} {label}{kind} {}", field.number(), field.json_name())
}

#[test]
fn only_what_grpc_carries_is_asked_for_unasked() {
    let read =
        read(&[("a.loom", "package a\nrecord A { b: string }\nservice S { public get() -> A safe }\nbind S to rpc\n")]);
    let (files, _) = generate(&read.contract, &read.sources, &Options::default());
    assert!(files.iter().all(|(path, _)| !path.ends_with(".proto")));
    let (views, _) = bind(&read.contract, Wires::default());
    assert_eq!(descriptor_set(&read.contract, &views), Vec::<u8>::new());
}

#[test]
fn presence_stands_where_the_codec_has_it() {
    let record = "record R { plain: u32, named: Id, kept: u32 = 3, maybe: u32?, null: u32 or null, fallen: u32 or null = 3, \
        both: u32? or null, list: [u32], empty: [u32] = [], filled: [u32] = [1], listed: [u32]?, \
        @proto(bytes) id: uuid, raw: RawId, json: json, set: set<Hue>, map: map<Hue, [uuid]>, rows: [[f32 or null]] }";
    assert_snapshot!(text(&format!("package a\nscalar Id: u64\n@proto(bytes)\nscalar RawId: uuid\nclosed enum Hue {{ red @5, dark_blue }}\n{record}\n")), @r#"
    import "google/protobuf/field_mask.proto";
    import "google/protobuf/struct.proto";

    enum Hue {
      HUE_UNSPECIFIED = 0;
      HUE_RED = 5;
      HUE_DARK_BLUE = 1;
    }

    message R {
      uint32 plain = 1;
      optional uint64 named = 2;
      optional uint32 kept = 3;
      optional uint32 maybe = 4;
      optional uint32 null = 5;
      optional uint32 fallen = 6;
      optional uint32 both = 7;
      repeated uint32 list = 8;
      repeated uint32 empty = 9;
      U32List filled = 10;
      U32List listed = 11;
      optional bytes id = 12;
      optional bytes raw = 13;
      google.protobuf.Value json = 14;
      repeated Hue set = 15;
      // The keys are the numbers of `Hue`.
      map<int32, UuidList> map = 16;
      repeated OptionalF32List rows = 17;
      // The fields that are null.
      google.protobuf.FieldMask nulls = 18999;
    }

    // All of it as one value, where protobuf wants one.
    message U32List {
      repeated uint32 items = 1;
    }

    // All of it as one value, where protobuf wants one.
    message UuidList {
      repeated string items = 1;
    }

    // A value that may be null, where protobuf wants one.
    message OptionalF32 {
      optional float value = 1;
    }

    // All of it as one value, where protobuf wants one.
    message OptionalF32List {
      repeated OptionalF32 items = 1;
    }
    "#);
}

#[test]
fn unions_have_one_case() {
    assert_snapshot!(text("package a\nunion U { text: string, many: [U], none, case: Id, at: timestamp }\nscalar Id: uuid\n"), @r#"
    import "google/protobuf/empty.proto";
    import "google/protobuf/timestamp.proto";

    message U {
      oneof case_ {
        string text = 1;
        UList many = 2;
        google.protobuf.Empty none = 3;
        string case = 4;
        google.protobuf.Timestamp at = 5;
      }
    }

    // All of it as one value, where protobuf wants one.
    message UList {
      repeated U items = 1;
    }
    "#);
}

#[test]
fn what_stands_alone_is_a_message() {
    let operations = "nothing() one(a: u32) -> u32 safe list() -> [string] idempotent map() -> map<string, u64> \
        maybe() -> R? when() -> timestamp hue() -> Hue whole() -> R up(rows: stream R) -> u32 fails Gone \
        talk(words: stream string) -> stream string deprecated oneway(a: u32) oneway";
    let types = "record R { a: u32 } record UpAnswer { a: u32 } enum Hue { red } fault Gone: not_found { id: uuid }";
    assert_snapshot!(text(&format!("package a\n{types}\nservice S {{ public {operations} }}\nbind S to grpc {{ without whole }}\n")), @r#"
    import "google/protobuf/empty.proto";
    import "google/protobuf/timestamp.proto";

    service S {
      rpc nothing(NothingRequest) returns (google.protobuf.Empty);

      rpc one(OneRequest) returns (OneAnswer) {
        option idempotency_level = NO_SIDE_EFFECTS;
      }

      rpc list(ListRequest) returns (ListAnswer) {
        option idempotency_level = IDEMPOTENT;
      }

      rpc map(MapRequest) returns (MapAnswer);

      rpc maybe(MaybeRequest) returns (MaybeAnswer);

      rpc when(WhenRequest) returns (google.protobuf.Timestamp);

      rpc hue(HueRequest) returns (HueAnswer);

      // Fails with `Gone`.
      rpc up(stream R) returns (UpAnswer2);

      // Deprecated.
      rpc talk(stream TalkRequest) returns (stream TalkItem) {
        option deprecated = true;
      }

      rpc oneway(OnewayRequest) returns (google.protobuf.Empty);
    }

    message R {
      uint32 a = 1;
    }

    message UpAnswer {
      uint32 a = 1;
    }

    enum Hue {
      HUE_UNSPECIFIED = 0;
      HUE_RED = 1;
    }

    // A detail of the status NOT_FOUND.
    message Gone {
      optional string id = 1;
    }

    // What `S.nothing` is given.
    message NothingRequest {}

    // What `S.one` is given.
    message OneRequest {
      uint32 a = 1;
    }

    // What `S.one` answers with.
    message OneAnswer {
      optional uint32 value = 1;
    }

    // What `S.list` is given.
    message ListRequest {}

    // What `S.list` answers with.
    message ListAnswer {
      repeated string items = 1;
    }

    // What `S.map` is given.
    message MapRequest {}

    // What `S.map` answers with.
    message MapAnswer {
      map<string, uint64> entries = 1;
    }

    // What `S.maybe` is given.
    message MaybeRequest {}

    // What `S.maybe` answers with.
    message MaybeAnswer {
      R value = 1;
    }

    // What `S.when` is given.
    message WhenRequest {}

    // What `S.hue` is given.
    message HueRequest {}

    // What `S.hue` answers with.
    message HueAnswer {
      optional Hue value = 1;
    }

    // What `S.up` answers with.
    message UpAnswer2 {
      optional uint32 value = 1;
    }

    // One item of what `S.talk` takes.
    message TalkRequest {
      optional string value = 1;
    }

    // One item of what `S.talk` gives.
    message TalkItem {
      optional string value = 1;
    }

    // What `S.oneway` is given.
    message OnewayRequest {
      uint32 a = 1;
    }
    "#);
}

#[test]
fn names_are_told_apart_as_protobuf_does() {
    let types = "record R { self: bool, `self_`: bool, tags: map<string, TagsEntry>, nulls: u32? or null } record TagsEntry {} \
        enum Order { status_x, unspecified } enum OrderStatus { x, y_1, y1 }";
    assert_snapshot!(text(&format!("package a\n{types}\n")), @r#"
    import "google/protobuf/field_mask.proto";

    message R {
      bool self = 1;
      bool self_2 = 2;
      map<string, .a.v1.TagsEntry> tags = 3;
      optional uint32 nulls = 4;
      // The fields that are null.
      google.protobuf.FieldMask nulls_18999 = 18999;
    }

    message TagsEntry {}

    enum Order {
      ORDER_UNSPECIFIED = 0;
      ORDER_STATUS_X = 1;
      ORDER_UNSPECIFIED_2 = 2;
    }

    enum OrderStatus {
      ORDER_STATUS_UNSPECIFIED = 0;
      ORDER_STATUS_X_1 = 1;
      ORDER_STATUS_Y_1 = 2;
      ORDER_STATUS_Y1_3 = 3;
    }
    "#);
}

#[test]
fn names_of_other_packages_are_found() {
    let texts = [
        ("b.loom", "package shop.common\nrecord Money { amount: decimal }\n"),
        ("a.loom", "package x.shop\nimport shop.common.{Money}\nrecord R { total: Money, at: timestamp }\n"),
        ("c.loom", "package x.google\nrecord R { at: timestamp }\n"),
    ];
    let read = read(&texts);
    let mut options = Options::default();
    options.only = vec!["proto".to_owned()];
    let (files, _) = generate(&read.contract, &read.sources, &options);
    let paths: Vec<&String> = files.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["shop/common/v1/common.proto", "x/google/v1/google.proto", "x/shop/v1/shop.proto"]);
    let text = files.get("x/shop/v1/shop.proto").expect("just seen");
    assert_snapshot!(text.split_once("package x.shop.v1;\n").expect("a package").1.trim(), @r#"
    import "google/protobuf/timestamp.proto";
    import "shop/common/v1/common.proto";

    message R {
      .shop.common.v1.Money total = 1;
      .google.protobuf.Timestamp at = 2;
    }
    "#);
}

/// Only where null, absence and a value are three things does a mask travel; the reference says so.
#[test]
fn the_reference_says_what_has_a_mask() {
    let page = std::fs::read_to_string(crate::harness::root().join("book/src/reference/types.md")).expect("a page");
    let forms = ["T", "T?", "T or null", "T? or null", "T = v", "T or null = v"];
    for written in forms {
        let field = written.replace('T', "u32").replace('v', "1");
        let read = crate::harness::read(&[("a.loom", &format!("package a\nrecord R {{ x: {field} }}\n"))]);
        assert!(!read.report.has_errors(), "{field}");
        let held = read.contract.types.iter().find(|def| def.name == "R").and_then(|def| def.fields());
        let held = wireloom_codegen::bind::proto::Held::of(&held.expect("it has fields")[0]);
        let row = page.lines().find(|line| line.starts_with(&format!("| `{written}` |"))).expect(written);
        assert_eq!(row.contains("mask"), held.may_be_in_mask(), "{row}: {held:?}");
    }
}
