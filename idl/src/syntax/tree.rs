//! The syntax tree of one file: what was written, in the order it was written, each part with its place.
//!
//! The tree is lossless in two halves: [`SyntaxTree::tokens`] covers every byte of the file (comments and blanks
//! included), [`SyntaxTree::items`] says what the tokens mean. What could not be understood is there too, as `Broken`;
//! nothing of the tree is resolved or checked. Only [`crate::syntax::parse`] builds it, and nothing outside that
//! module knows that pest reads the text.

pub(super) mod shift;

use crate::source::{FileId, Span};
use crate::syntax::lexer::Token;
use crate::syntax::reparse::Stand;

/// One file, parsed.
#[derive(Clone, Debug)]
pub struct SyntaxTree {
    /// The file.
    pub file: FileId,
    /// Every byte of the file, as tokens, comments and blanks included.
    pub tokens: Vec<Token>,
    /// What the file declares, in order.
    pub items: Vec<Item>,
    /// Whether the text has no syntax error: then nothing is `Broken`, and nothing was left out.
    pub is_sound: bool,
    /// Beside `items`: where each was read from.
    pub(super) stands: Vec<Stand>,
}

impl SyntaxTree {
    /// The tree of a file without text.
    pub fn empty(file: FileId) -> SyntaxTree {
        SyntaxTree { file, tokens: Vec::new(), items: Vec::new(), is_sound: true, stands: Vec::new() }
    }
}

/// A name as written; backticks are taken off `text` but not off `span`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Names joined by dots: `shop.common`, `pay.Settled`, `order.id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// At least one.
    pub segments: Vec<Name>,
    /// All of it.
    pub span: Span,
}

impl Path {
    /// The path as text, `a.b.c`.
    pub fn text(&self) -> String {
        self.segments.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".")
    }
}

/// Text between quotes (or between the slashes of a regex), unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it says.
    pub value: String,
    /// With the quotes.
    pub span: Span,
}

/// Documentation and annotations before a declaration or a member.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The `///` lines, each without the slashes and one blank behind them.
    pub docs: Option<Docs>,
    /// In the order written.
    pub annotations: Vec<Annotation>,
}

/// A run of `///` lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docs {
    /// The lines, joined by `\n`.
    pub text: String,
    /// From the first slash to the end of the last line.
    pub span: Span,
}

/// `@name` or `@name(arguments)`.
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The name, without the `@`.
    pub name: Name,
    /// The arguments; those written `key: value` have a name.
    pub arguments: Vec<(Option<Name>, Value)>,
    /// All of it.
    pub span: Span,
}

/// One declaration of a file.
#[derive(Clone, Debug)]
pub enum Item {
    /// `package a.b version 1`
    Package(Package),
    /// `import a.b.{C, D}`
    Import(Import),
    /// `scalar OrderId: uuid`
    Scalar(Scalar),
    /// `record`, and by the same shape `fault` and `event`
    Record(Record),
    /// `enum`
    Enum(Enum),
    /// `union`
    Union(Union),
    /// `extern record Geo = rust "crate::Geo"`
    Extern(Extern),
    /// `service`
    Service(Service),
    /// `bind … to …`
    Bind(Bind),
    /// `example Orders.place "…" {…}`
    Example(Example),
    /// What could not be understood; already reported.
    Broken(Span),
}

impl Item {
    /// The whole declaration, from its first annotation or keyword (not its documentation) to its end.
    pub fn span(&self) -> Span {
        match self {
            Item::Package(it) => it.span,
            Item::Import(it) => it.span,
            Item::Scalar(it) => it.span,
            Item::Record(it) => it.span,
            Item::Enum(it) => it.span,
            Item::Union(it) => it.span,
            Item::Extern(it) => it.span,
            Item::Service(it) => it.span,
            Item::Bind(it) => it.span,
            Item::Example(it) => it.span,
            Item::Broken(span) => *span,
        }
    }
}

/// `package shop.orders version 1`
#[derive(Clone, Debug)]
pub struct Package {
    /// Documentation of the package.
    pub marks: Marks,
    /// `shop.orders`
    pub path: Path,
    /// The number behind `version`.
    pub version: Option<Value>,
    /// All of it.
    pub span: Span,
}

/// `import p`, `import p as x`, `import p.{A, B}`
#[derive(Clone, Debug)]
pub struct Import {
    /// Documentation and annotations (a mistake, reported by lowering).
    pub marks: Marks,
    /// The package.
    pub path: Path,
    /// What is taken from it.
    pub what: Imported,
    /// All of it.
    pub span: Span,
}

/// What an import brings into scope.
#[derive(Clone, Debug)]
pub enum Imported {
    /// The package itself, by its last word or by the name behind `as`.
    Package(Option<Name>),
    /// Some of its names.
    Names(Vec<Name>),
}

/// `scalar Sku: string where matches /…/`
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// Its former name.
    pub was: Option<Name>,
    /// What it is made of.
    pub base: TypeExpr,
    /// Behind `where`.
    pub constraints: Vec<Constraint>,
    /// All of it.
    pub span: Span,
}

/// A record, fault or event: a name and fields in braces.
#[derive(Clone, Debug)]
pub struct Record {
    /// Documentation and annotations.
    pub marks: Marks,
    /// Which of the three, with what only that one has.
    pub kind: RecordKind,
    /// The name.
    pub name: Name,
    /// Its former name.
    pub was: Option<Name>,
    /// `<T, U>`; on records only, elsewhere reported by lowering.
    pub parameters: Vec<Name>,
    /// In the order written.
    pub members: Vec<RecordMember>,
    /// All of it.
    pub span: Span,
}

/// What tells record, fault and event apart.
#[derive(Clone, Debug)]
pub enum RecordKind {
    /// `record R {…}`
    Record,
    /// `fault F: not_found {…}`, with the code; a fault without a body has no members.
    Fault(Name),
    /// `event E {…} key order.id`
    Event(Option<Path>),
}

/// A member of a record, fault or event.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are fields")]
pub enum RecordMember {
    /// `name: Type …`
    Field(Field),
    /// `...Audit`
    Spread(TypeExpr),
    /// What could not be understood; already reported.
    Broken(Span),
}

/// A field of a record, an input of an operation, a case with a payload.
#[derive(Clone, Debug)]
pub struct Field {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// The type, with `?`, `or null` and `stream` as part of it.
    pub ty: TypeExpr,
    /// Behind `=`.
    pub default: Option<Value>,
    /// Behind `where`.
    pub constraints: Vec<Constraint>,
    /// The word `readonly`.
    pub readonly: Option<Span>,
    /// `@7`
    pub pin: Option<Pin>,
    /// The former name.
    pub was: Option<Name>,
    /// From the name to the end; marks not included.
    pub span: Span,
}

/// A wire number given by hand: `@7`.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The digits as written.
    pub number: String,
    /// With the `@`.
    pub span: Span,
}

/// `enum Status { … }` or `closed enum …`
#[derive(Clone, Debug)]
pub struct Enum {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The word `closed`, where it is said (`open` may be said too and changes nothing).
    pub closed: Option<Span>,
    /// The name.
    pub name: Name,
    /// Its former name.
    pub was: Option<Name>,
    /// In the order written.
    pub members: Vec<EnumMember>,
    /// All of it.
    pub span: Span,
}

/// A bare name in an enum.
#[derive(Clone, Debug)]
pub struct EnumMember {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// `@7`
    pub pin: Option<Pin>,
    /// The former name.
    pub was: Option<Name>,
    /// From the name to the end.
    pub span: Span,
}

/// `union Payment { card: Card, cash }`
#[derive(Clone, Debug)]
pub struct Union {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The word `closed`, where it is said.
    pub closed: Option<Span>,
    /// The name.
    pub name: Name,
    /// Its former name.
    pub was: Option<Name>,
    /// `<T>`
    pub parameters: Vec<Name>,
    /// `tagged by "kind"`
    pub tag: Option<Text>,
    /// In the order written.
    pub cases: Vec<UnionCase>,
    /// All of it.
    pub span: Span,
}

/// A case of a union; without a type it carries nothing.
#[derive(Clone, Debug)]
pub struct UnionCase {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// What it carries.
    pub ty: Option<TypeExpr>,
    /// `@7`
    pub pin: Option<Pin>,
    /// The former name.
    pub was: Option<Name>,
    /// From the name to the end.
    pub span: Span,
}

/// `extern record Geo = rust "crate::Geo"`, perhaps with fields in braces.
#[derive(Clone, Debug)]
pub struct Extern {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// The language: `rust`.
    pub language: Name,
    /// The path in that language.
    pub target: Text,
    /// Its shape, where the contract states it.
    pub members: Option<Vec<RecordMember>>,
    /// All of it.
    pub span: Span,
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct TypeExpr {
    /// What it is.
    pub kind: TypeKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `string`, `Order`, `pay.Settled`, `Paged<Order>`
    Named {
        /// The name, perhaps with its package.
        path: Path,
        /// The arguments in `<…>`.
        arguments: Vec<TypeExpr>,
    },
    /// `[T]`
    List(Box<TypeExpr>),
    /// `set<T>`
    Set(Box<TypeExpr>),
    /// `map<K, V>`
    Map(Box<TypeExpr>, Box<TypeExpr>),
    /// `T?`
    Optional(Box<TypeExpr>),
    /// `T or null`
    Nullable(Box<TypeExpr>),
    /// `draft T`
    Draft(Box<TypeExpr>),
    /// `patch T`
    Patch(Box<TypeExpr>),
    /// `stream T`
    Stream(Box<TypeExpr>),
}

/// One condition behind `where`.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// What it demands.
    pub kind: ConstraintKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a constraint.
#[derive(Clone, Debug)]
pub enum ConstraintKind {
    /// `length in 1..80`, `size <= 5`, `value >= 0`: the word and the bounds.
    Bounded(Name, Bounds),
    /// `matches /…/`
    Matches(Text),
    /// `one_of [1, 2]`
    OneOf(Vec<Value>),
    /// `format email`
    Format(Name),
    /// `multiple_of 0.5`
    MultipleOf(Value),
    /// `unique`
    Unique,
}

/// Bounds, both ends included; at least one is there.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// How they were written.
    pub form: BoundsForm,
    /// The lower one.
    pub min: Option<Value>,
    /// The upper one.
    pub max: Option<Value>,
}

/// How bounds were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundsForm {
    /// `in a..b`, `in a..`, `in ..b`
    In,
    /// `<= b`
    AtMost,
    /// `>= a`
    AtLeast,
}

/// A value: default, bound, example, annotation argument, policy amount.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a value.
#[derive(Clone, Debug)]
pub enum ValueKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// As written, with `_` and exponent: `1_000`, `-1.5`, `1e3`.
    Number(String),
    /// `"…"`, unescaped.
    Text(String),
    /// `250ms`, `64KiB`, `200/s`, `10%`: the number as written, and the unit.
    Quantity(String, Unit),
    /// A bare word: an enum member, a case without payload.
    Word(String),
    /// `[…]`
    List(Vec<Value>),
    /// `{ name: value }`; a quoted key stands for a map key.
    Object(Vec<(Key, Value)>),
}

/// The key of an entry of an object value.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key's text.
    pub text: String,
    /// Whether it was written in quotes.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

/// The unit of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name")]
pub enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Byte,
    Kilobyte,
    Megabyte,
    Gigabyte,
    Kibibyte,
    Mebibyte,
    Gibibyte,
    PerSecond,
    PerMinute,
    PerHour,
    Percent,
}

/// `service Orders { … }`
#[derive(Clone, Debug)]
pub struct Service {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// Its former name.
    pub was: Option<Name>,
    /// In the order written.
    pub members: Vec<ServiceMember>,
    /// Just behind the opening brace: where a missing `public` is inserted.
    pub inside: Span,
    /// All of it.
    pub span: Span,
}

/// A member of a service.
#[derive(Clone, Debug)]
pub enum ServiceMember {
    /// A clause that holds for the whole service: `public`, `auth …`, `scopes […]`, `policy {…}`.
    Clause(Clause),
    /// An operation.
    Operation(Operation),
    /// `on E as name`
    Handler(Handler),
    /// What could not be understood; already reported.
    Broken(Span),
}

/// `place(draft: draft Order) -> Order fails Busy`
#[derive(Clone, Debug)]
pub struct Operation {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The name.
    pub name: Name,
    /// The former name.
    pub was: Option<Name>,
    /// In the order written.
    pub inputs: Vec<Field>,
    /// Behind `->`; none answers with nothing.
    pub answer: Option<TypeExpr>,
    /// `@7`
    pub pin: Option<Pin>,
    /// In the order written.
    pub clauses: Vec<Clause>,
    /// From the name to the end of the last clause.
    pub span: Span,
}

/// A clause of an operation or service.
#[derive(Clone, Debug)]
pub struct Clause {
    /// What it says.
    pub kind: ClauseKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a clause.
#[derive(Clone, Debug)]
pub enum ClauseKind {
    /// `fails A, B`
    Fails(Vec<Path>),
    /// `safe`
    Safe,
    /// `idempotent`
    Idempotent,
    /// `keyed(token)`
    Keyed(Name),
    /// `once`
    Once,
    /// `oneway`
    Oneway,
    /// `emits E, F`
    Emits(Vec<Path>),
    /// `public`
    Public,
    /// `auth jwt`, `auth any of jwt, api_key`: the schemes
    Auth(Vec<Name>),
    /// `scopes ["a", "b"]` of a service
    Scopes(Vec<Text>),
    /// `scope "a", "b"` of an operation
    Scope(Vec<Text>),
    /// `role "x"`
    Role(Text),
    /// `policy { … }`
    Policy(Vec<PolicyEntry>),
    /// `deprecated "use find" until "2027-01-01"`
    Deprecated {
        /// Why, or what to use.
        note: Option<Text>,
        /// The day from which on it may be gone.
        until: Option<Text>,
    },
}

/// One entry of a policy: its word and what follows, `retry` and `3 budget 10%`.
#[derive(Clone, Debug)]
pub struct PolicyEntry {
    /// `deadline`, `retry`, …; checked by lowering.
    pub word: Name,
    /// What follows, uninterpreted.
    pub terms: Vec<Term>,
    /// All of it.
    pub span: Span,
}

/// A piece of a clause whose vocabulary belongs to someone else: a wire's, or the policy's.
#[derive(Clone, Debug)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a term.
#[derive(Clone, Debug)]
pub enum TermKind {
    /// `body`, `order.id`, `p2c`
    Path(Path),
    /// A string, number or quantity.
    Value(Value),
    /// `a..b`
    Range(Value, Value),
    /// `key(input)`
    Call(Name, Path),
    /// `[x, y]`
    List(Vec<Term>),
    /// `->`
    Arrow,
    /// `=`
    Equals,
}

/// `on pay.Settled as settle where order.total > 100`
#[derive(Clone, Debug)]
pub struct Handler {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The event.
    pub event: Path,
    /// The handler's name.
    pub name: Name,
    /// The former name.
    pub was: Option<Name>,
    /// Behind `where`.
    pub condition: Option<Condition>,
    /// From `on` to the end.
    pub span: Span,
}

/// The condition of a handler.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What it demands.
    pub kind: ConditionKind,
    /// All of it.
    pub span: Span,
}

/// The forms of a condition.
#[derive(Clone, Debug)]
pub enum ConditionKind {
    /// `a and b`
    And(Box<Condition>, Box<Condition>),
    /// `a or b`
    Or(Box<Condition>, Box<Condition>),
    /// `not a`
    Not(Box<Condition>),
    /// A bool field.
    Holds(Path),
    /// `path op value`
    Compare(Path, Comparison, Value),
}

/// The comparisons of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// `bind Orders to rest at "/v1/orders" { … }`
#[derive(Clone, Debug)]
pub struct Bind {
    /// Documentation and annotations.
    pub marks: Marks,
    /// The service.
    pub service: Path,
    /// The wire.
    pub wire: Name,
    /// Behind `at`.
    pub place: Option<Text>,
    /// Behind `as`.
    pub alias: Option<Text>,
    /// The block, if there is one.
    pub entries: Option<Vec<BindEntry>>,
    /// All of it.
    pub span: Span,
}

/// An entry of a binding's block.
#[derive(Clone, Debug)]
pub enum BindEntry {
    /// `name` or `name: clauses`, also `all: clauses`
    Named {
        /// Documentation and annotations.
        marks: Marks,
        /// The operation, event or handler; `all` for the defaults.
        name: Name,
        /// The wire's clauses, uninterpreted.
        terms: Vec<Term>,
        /// All of it.
        span: Span,
    },
    /// `...`
    Rest(Span),
    /// `without x` or `without [x, y]`
    Without(Vec<Name>, Span),
    /// What could not be understood; already reported.
    Broken(Span),
}

/// `example Orders.place "one line" { given {…} gives {…} }`
#[derive(Clone, Debug)]
pub struct Example {
    /// Documentation and annotations.
    pub marks: Marks,
    /// `Orders.place`
    pub operation: Path,
    /// What it shows.
    pub title: Text,
    /// Behind `given`: an object.
    pub given: Option<Value>,
    /// Behind `gives` or `fails`.
    pub outcome: Option<ExampleOutcome>,
    /// All of it.
    pub span: Span,
}

/// How an example ends.
#[derive(Clone, Debug)]
pub enum ExampleOutcome {
    /// `gives value`
    Gives(Value),
    /// `fails F {…}`
    Fails(Path, Option<Value>),
}
