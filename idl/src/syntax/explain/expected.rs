//! What pest would have liked to read, in the language's own words.

use crate::syntax::grammar::Rule;

/// The rules that pest tried in vain at the place where it stopped.
pub(in crate::syntax) struct Expected {
    rules: Vec<Rule>,
}

impl Expected {
    pub(in crate::syntax) fn new(rules: &[Rule]) -> Expected {
        let mut rules = rules.to_vec();
        // That it might have ended here is said last.
        rules.sort_by_key(|&rule| rule == Rule::EOI);
        Expected { rules }
    }

    pub(super) fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// Whether any name would do, so that a word cannot be a misspelled keyword.
    pub(super) fn wants_name(&self) -> bool {
        let is_name = |rule: &Rule| matches!(phrase(*rule), Some("a name" | "a type" | "a value" | "an operation"));
        self.rules.iter().any(is_name)
    }

    /// The keywords that may stand here.
    pub(in crate::syntax) fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.rules.iter().flat_map(|rule| words(*rule)).copied()
    }

    /// What may stand here, each thing once, in the order of the grammar.
    pub(super) fn things(&self, noun: &str) -> Vec<String> {
        let mut things: Vec<String> = Vec::new();
        for &rule in &self.rules {
            let found: Vec<String> = match (rule, phrase(rule)) {
                (Rule::EOI, _) => vec![format!("the end of the {noun}")],
                (_, Some(phrase)) => vec![phrase.to_owned()],
                _ => words(rule).iter().map(|word| format!("`{word}`")).collect(),
            };
            for thing in found {
                if !things.contains(&thing) {
                    things.push(thing);
                }
            }
        }
        things
    }
}

/// What a rule stands for, if it is no keyword.
fn phrase(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::lbrace => "`{`",
        Rule::rbrace => "`}`",
        Rule::lbracket => "`[`",
        Rule::rbracket => "`]`",
        Rule::lparen => "`(`",
        Rule::rparen => "`)`",
        Rule::less | Rule::parameters => "`<`",
        Rule::greater => "`>`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::dot | Rule::imported => "`.{`",
        Rule::equals | Rule::default => "`=`",
        Rule::question => "`?`",
        Rule::arrow => "`->`",
        Rule::dotdot => "`..`",
        Rule::at_most => "`<=`",
        Rule::at_least => "`>=`",
        Rule::operator => "a comparison",
        Rule::pin => "`@` and a number",
        Rule::name | Rule::path | Rule::named => "a name",
        Rule::fault_code => "a fault code such as `not_found`",
        Rule::wire => "a wire such as `rest`",
        Rule::type_expr | Rule::type_start | Rule::list | Rule::named_type => "a type",
        Rule::value | Rule::object | Rule::array | Rule::bare_word => "a value",
        Rule::bound | Rule::range => "a bound",
        Rule::number => "a number",
        Rule::text => "a string in quotes",
        Rule::regex => "a regex between slashes",
        Rule::field_member | Rule::field => "a field",
        Rule::input => "an input",
        Rule::enum_member => "a member",
        Rule::case => "a case",
        Rule::operation | Rule::service_member | Rule::handler => "an operation",
        Rule::policy_entry => "a policy",
        Rule::bind_entry => "an entry",
        Rule::pair => "`name: value`",
        Rule::term => "a clause",
        Rule::condition | Rule::conjunction | Rule::negation | Rule::comparison => "a condition",
        Rule::fields | Rule::bind_block => "`{`",
        Rule::annotation | Rule::annotation_name => "an annotation",
        _ => return None,
    })
}

/// The keywords that a rule begins with.
fn words(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::was | Rule::kw_was => &["was"],
        Rule::constraints | Rule::kw_where => &["where"],
        Rule::constraint => &["length", "size", "value", "matches", "one_of", "format", "multiple_of", "unique"],
        Rule::bounded => &["length", "size", "value"],
        Rule::matching | Rule::kw_matches => &["matches"],
        Rule::one_of | Rule::kw_one_of => &["one_of"],
        Rule::formatted | Rule::kw_format => &["format"],
        Rule::multiple | Rule::kw_multiple_of => &["multiple_of"],
        Rule::fails | Rule::gives_fault | Rule::kw_fails => &["fails"],
        Rule::emits | Rule::kw_emits => &["emits"],
        Rule::keyed | Rule::kw_keyed => &["keyed"],
        Rule::auth | Rule::kw_auth => &["auth"],
        Rule::scopes | Rule::kw_scopes => &["scopes"],
        Rule::scope | Rule::kw_scope => &["scope"],
        Rule::role | Rule::kw_role => &["role"],
        Rule::policy | Rule::kw_policy => &["policy"],
        Rule::deprecated | Rule::kw_deprecated => &["deprecated"],
        Rule::given | Rule::kw_given => &["given"],
        Rule::gives | Rule::kw_gives => &["gives"],
        Rule::without | Rule::kw_without => &["without"],
        Rule::kw_version => &["version"],
        Rule::kw_as => &["as"],
        Rule::kw_key => &["key"],
        Rule::kw_record => &["record"],
        Rule::kw_enum => &["enum"],
        Rule::kw_union => &["union"],
        Rule::kw_tagged => &["tagged"],
        Rule::kw_by => &["by"],
        Rule::kw_to => &["to"],
        Rule::kw_at => &["at"],
        Rule::kw_readonly => &["readonly"],
        Rule::kw_or => &["or"],
        Rule::kw_null => &["null"],
        Rule::kw_and => &["and"],
        Rule::kw_length => &["length"],
        Rule::kw_size => &["size"],
        Rule::kw_value => &["value"],
        Rule::kw_in => &["in"],
        Rule::kw_unique => &["unique"],
        Rule::kw_safe => &["safe"],
        Rule::kw_idempotent => &["idempotent"],
        Rule::kw_once => &["once"],
        Rule::kw_oneway => &["oneway"],
        Rule::kw_public => &["public"],
        Rule::kw_any => &["any"],
        Rule::kw_of => &["of"],
        Rule::kw_until => &["until"],
        Rule::kw_on => &["on"],
        Rule::kw_not => &["not"],
        Rule::kw_stream => &["stream"],
        Rule::kw_draft => &["draft"],
        Rule::kw_patch => &["patch"],
        _ => &[],
    }
}
