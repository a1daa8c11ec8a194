//! The wires that code can be generated for: the one list of them.
//!
//! What a build may ask for ([`Wires`]), the methods of [`Compiler`], the values of `--wires` and what is said of a wire that
//! nobody asked for all come of it. How a contract travels on a wire is for [`bind`](crate::bind).

use crate::build::Compiler;

/// Makes [`Wire`] of a line a wire: its name here, its word in a binding, what the command line says of it, whether members
/// of messages have numbers on it, as in protobuf, and whether messages are read from JSON.
macro_rules! wires {
    ($($name:ident $word:ident { what: $what:literal, numbered: $numbered:literal, json: $json:literal })*) => {
        /// A wire that code can be generated for. The runtime's feature for it has the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Wire {
            $(#[doc = concat!("`", stringify!($word), "`: ", $what, ".")] $name,)*
        }

        impl Wire {
            /// All of them.
            pub const ALL: &[Wire] = &[$(Wire::$name),*];

            /// The word in a binding.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Wire::$name => stringify!($word),)*
                }
            }

            /// What it is, in a few words.
            pub fn what(self) -> &'static str {
                match self {
                    $(Wire::$name => $what,)*
                }
            }

            /// Whether members of messages have numbers on it; then types need their binary form, and a package a lock.
            pub fn is_numbered(self) -> bool {
                match self {
                    $(Wire::$name => $numbered,)*
                }
            }

            /// Whether messages are read from JSON on it.
            fn is_json(self) -> bool {
                match self {
                    $(Wire::$name => $json,)*
                }
            }
        }

        impl Compiler {
            $(
                #[doc = concat!("Generates code for `", stringify!($word), "`; the runtime then needs its feature `", stringify!($word), "`.")]
                pub fn $word(self) -> Compiler {
                    self.wire(Wire::$name)
                }
            )*
        }
    };
}

wires! {
    Rest rest { what: "Servers and clients over HTTP", numbered: false, json: true }
    Rpc rpc { what: "Native RPC", numbered: true, json: false }
    Grpc grpc { what: "gRPC", numbered: true, json: false }
    Ws ws { what: "WebSocket", numbered: true, json: true }
    Broker broker { what: "Events and handlers over brokers", numbered: false, json: true }
}

impl Wire {
    /// The wire of that word in a binding.
    pub fn named(word: &str) -> Option<Wire> {
        Wire::ALL.iter().copied().find(|wire| wire.as_str() == word)
    }
}

/// The parts of the Rust code that a build may go without; what is off costs no line.
///
/// ```
/// use wireloom_codegen::{Wire, Wires};
///
/// let wires = Wires::of([Wire::Rest, Wire::Grpc]);
/// assert!(wires.has(Wire::Grpc) && !wires.has(Wire::Broker));
/// assert_eq!(Wires::default(), Wires::of([Wire::Rest]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wires {
    /// Servers.
    pub server: bool,
    /// Clients.
    pub client: bool,
    /// The JSON form of every type (`Serialize`, `Deserialize`), also where none of the wires has one. It is most of what types
    /// cost to compile.
    pub json: bool,
    on: [bool; Wire::ALL.len()],
}

impl Default for Wires {
    /// REST alone, as in the runtime: every other wire wants a feature of it.
    fn default() -> Wires {
        Wires::of([Wire::Rest])
    }
}

impl Wires {
    /// Servers and clients over these wires and no others.
    pub fn of(wires: impl IntoIterator<Item = Wire>) -> Wires {
        let none = Wires { server: true, client: true, json: false, on: [false; Wire::ALL.len()] };
        wires.into_iter().fold(none, Wires::and)
    }

    /// Over this wire as well.
    #[must_use]
    pub fn and(mut self, wire: Wire) -> Wires {
        self.on[wire as usize] = true;
        self
    }

    /// Whether code for that wire is wanted.
    pub fn has(self, wire: Wire) -> bool {
        self.on[wire as usize]
    }

    /// Whether all types are read from JSON and written as JSON.
    pub(crate) fn json(self) -> bool {
        self.json || Wire::ALL.iter().any(|&wire| wire.is_json() && self.has(wire))
    }

    /// Whether types need their binary form.
    pub(crate) fn binary(self) -> bool {
        Wire::ALL.iter().any(|&wire| wire.is_numbered() && self.has(wire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_is_one_of_the_language() {
        for wire in Wire::ALL {
            assert!(wireloom_idl::lower::WIRES.contains(&wire.as_str()), "{wire:?}");
            assert_eq!(Wire::named(wire.as_str()), Some(*wire));
        }
    }
}
