//! Generics as such: what all instances of one have in common.

use super::Pin;

/// A record or union with parameters. It is no type; its instances are, each a [`TypeDef`](super::TypeDef) of its own.
///
/// One that spreads a parameter is not among them: what its instances have in common is not all that they have.
#[derive(Clone, Debug)]
pub struct Generic {
    /// `Paged`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// Its fields or cases in the order of the contract, spreads put in.
    pub members: Vec<GenericMember>,
}

/// One field or case of a generic.
#[derive(Clone, Debug)]
pub struct GenericMember {
    /// `items`
    pub name: String,
    /// Its former name.
    pub was: Option<String>,
    /// The number given by hand.
    pub pin: Option<Pin>,
}
