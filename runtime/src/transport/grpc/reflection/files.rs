//! The files that services were declared in, found by what stands in them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::messages::Extension;
use crate::wire::{self, DEPTH_MAX, Reader, Wire, Writer};

/// Files by their names and contents.
#[derive(Default)]
pub(super) struct Files {
    by_name: BTreeMap<String, Bytes>,
    by_symbol: BTreeMap<String, Bytes>,
    by_extension: BTreeMap<(String, i32), Bytes>,
    /// All types, also those that nothing extends.
    types: BTreeSet<String>,
}

impl Files {
    /// Those of all these sets; of several with one name, the first. A set that is none is left out.
    pub(super) fn of(sets: impl IntoIterator<Item = &'static [u8]>) -> Files {
        let mut files = Files::default();
        for set in sets {
            match wire::decode::<FileSet>(&Bytes::from_static(set), DEPTH_MAX) {
                Ok(set) => set.files.iter().for_each(|file| files.add(file)),
                Err(wrong) => tracing::error!(%wrong, "a service brings descriptors that cannot be read"),
            }
        }
        files
    }

    pub(super) fn named(&self, name: &str) -> Option<Bytes> {
        self.by_name.get(name).cloned()
    }

    pub(super) fn of_symbol(&self, symbol: &str) -> Option<Bytes> {
        self.by_symbol.get(symbol).cloned()
    }

    pub(super) fn of_extension(&self, extension: &Extension) -> Option<Bytes> {
        self.by_extension.get(&(extension.ty.clone(), extension.number)).cloned()
    }

    pub(super) fn extensions_of(&self, ty: &str) -> Option<Vec<i32>> {
        let from = (ty.to_owned(), i32::MIN);
        let numbers =
            self.by_extension.range(from..).take_while(|((of, _), _)| of == ty).map(|((_, number), _)| *number);
        self.types.contains(ty).then(|| numbers.collect())
    }

    fn add(&mut self, bytes: &Bytes) {
        match wire::decode::<File>(bytes, DEPTH_MAX) {
            Ok(file) if self.by_name.contains_key(&file.name) => {}
            Ok(file) => {
                self.by_name.insert(file.name, bytes.clone());
                Indexing { files: self, file: bytes }.scope(&file.package, file.scope);
            }
            Err(wrong) => tracing::error!(%wrong, "a service brings a descriptor that cannot be read"),
        }
    }
}

/// Notes what stands in a file.
struct Indexing<'f> {
    files: &'f mut Files,
    file: &'f Bytes,
}

impl Indexing<'_> {
    fn scope(&mut self, name: &str, scope: Scope) {
        for message in scope.messages {
            let name = self.symbol(name, &message.name);
            self.files.types.insert(name.clone());
            self.scope(&name, message.scope);
        }
        for group in scope.groups {
            // The values of an enum stand beside it, not in it.
            let holder = if group.is_enum { name.to_owned() } else { joined(name, &group.name) };
            self.symbol(name, &group.name);
            group.members.iter().for_each(|member| drop(self.symbol(&holder, member)));
        }
        for extension in scope.extensions {
            self.symbol(name, &extension.name);
            let extended = extension.extended.trim_start_matches('.').to_owned();
            self.files.by_extension.insert((extended, extension.number), self.file.clone());
        }
        scope.fields.iter().for_each(|field| drop(self.symbol(name, field)));
    }

    fn symbol(&mut self, scope: &str, name: &str) -> String {
        let symbol = joined(scope, name);
        self.files.by_symbol.entry(symbol.clone()).or_insert_with(|| self.file.clone());
        symbol
    }
}

fn joined(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

// What is read of google.protobuf's descriptor.proto: names, and where they stand. Nothing of it is ever written.

/// `FileDescriptorSet`, each file as it is.
struct FileSet {
    files: Vec<Bytes>,
}

/// `FileDescriptorProto`
struct File {
    name: String,
    package: String,
    scope: Scope,
}

/// What has names in a file or message.
struct Scope {
    messages: Vec<Message>,
    groups: Vec<Group>,
    extensions: Vec<Field>,
    fields: Vec<String>,
}

/// `DescriptorProto`
struct Message {
    name: String,
    scope: Scope,
}

/// `EnumDescriptorProto` with its values, `ServiceDescriptorProto` with its methods: a name in field 1, members in field 2.
struct Group {
    name: String,
    members: Vec<String>,
    is_enum: bool,
}

/// `FieldDescriptorProto`; of an extension also what it extends.
struct Field {
    name: String,
    extended: String,
    number: i32,
}

/// Any descriptor of which only the name is wanted, which stands in field 1 of all of them.
struct Name(String);

fn names(all: Vec<Name>) -> Vec<String> {
    all.into_iter().map(|Name(name)| name).collect()
}

/// Types that are only read.
macro_rules! only_read {
    ($($ty:ident: $from:ident => $get:expr;)*) => {
        $(impl Wire for $ty {
            fn put(&self, _: &mut Writer) {}

            fn get($from: &mut Reader<'_>) -> Option<$ty> {
                $get
            }
        })*
    };
}

only_read! {
    FileSet: from => {
        from.fields(&[1]);
        Some(FileSet { files: from.list(1, "file")? })
    };
    File: from => {
        from.fields(&[1, 2, 4, 5, 6, 7]);
        let (name, package) = (from.plain(1, "name")?, from.plain(2, "package")?);
        let messages = from.list(4, "message_type")?;
        let mut groups: Vec<Group> = from.list(5, "enum_type")?;
        groups.iter_mut().for_each(|group| group.is_enum = true);
        groups.extend(from.list::<Group>(6, "service")?);
        let extensions = from.list(7, "extension")?;
        Some(File { name, package, scope: Scope { messages, groups, extensions, fields: Vec::new() } })
    };
    Message: from => {
        from.fields(&[1, 2, 3, 4, 6, 8]);
        let name = from.plain(1, "name")?;
        let mut fields = names(from.list(2, "field")?);
        let messages = from.list(3, "nested_type")?;
        let mut groups: Vec<Group> = from.list(4, "enum_type")?;
        groups.iter_mut().for_each(|group| group.is_enum = true);
        let extensions = from.list(6, "extension")?;
        fields.extend(names(from.list(8, "oneof_decl")?));
        Some(Message { name, scope: Scope { messages, groups, extensions, fields } })
    };
    Group: from => {
        from.fields(&[1, 2]);
        let name = from.plain(1, "name")?;
        Some(Group { name, members: names(from.list(2, "member")?), is_enum: false })
    };
    Field: from => {
        from.fields(&[1, 2, 3]);
        let name = from.plain(1, "name")?;
        Some(Field { name, extended: from.plain(2, "extendee")?, number: from.plain(3, "number")? })
    };
    Name: from => {
        from.fields(&[1]);
        from.plain(1, "name").map(Name)
    };
}
