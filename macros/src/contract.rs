//! `include_contract!`: a contract compiled where it is used, without a `build.rs`.
//!
//! What the compiler says becomes errors and warnings of rustc, at the macro's call; each tells file, line and drawing. Every file that was
//! read is named to rustc, so that cargo builds anew when one changes.

use std::path::{Path, PathBuf};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{LitStr, Token, bracketed};
use wireloom_codegen::load::{Loaded, load};
use wireloom_codegen::{Layout, Options, Wire, Wires};
use wireloom_idl::diagnostic::render;
use wireloom_idl::{Diagnostic, Diagnostics, Severity};

/// `"orders.loom", wires = [rest, grpc], includes = ["../common"]`
pub(crate) struct Call {
    paths: Vec<LitStr>,
    includes: Vec<LitStr>,
    wires: Wires,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Call> {
        let mut call = Call { paths: Vec::new(), includes: Vec::new(), wires: Wires::default() };
        while !input.is_empty() {
            if input.peek(LitStr) {
                call.paths.push(input.parse()?);
            } else {
                call.option(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        match call.paths.is_empty() {
            true => Err(input.error("a contract is wanted: `include_contract!(\"orders.loom\")`")),
            false => Ok(call),
        }
    }
}

impl Call {
    fn option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        let content;
        bracketed!(content in input);
        if name == "wires" {
            let words = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
            self.wires = Wires::of(words.iter().map(wire).collect::<syn::Result<Vec<_>>>()?);
        } else if name == "includes" {
            self.includes = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.into_iter().collect();
        } else {
            return Err(syn::Error::new(name.span(), "behind the contracts there is `wires` and `includes`"));
        }
        Ok(())
    }

    /// The code, or what is wrong.
    pub(crate) fn expand(&self, manifest: &Path) -> TokenStream {
        let place = self.paths[0].span();
        let paths = |all: &[LitStr]| all.iter().map(|path| manifest.join(path.value())).collect::<Vec<PathBuf>>();
        let loaded = match load(&paths(&self.paths), &paths(&self.includes)) {
            Ok(loaded) => loaded,
            Err(missing) => return error(&short(&missing.to_string(), manifest), place),
        };
        let (tracked, (code, report)) = (tracked(&loaded), generate(&loaded, self.wires));
        let said = said(&loaded, &report, manifest, place);
        quote!(#tracked #said #code)
    }
}

fn wire(word: &Ident) -> syn::Result<Wire> {
    Wire::named(&word.to_string()).ok_or_else(|| {
        let words = Wire::ALL.iter().map(|wire| wire.as_str()).collect::<Vec<_>>().join(", ");
        syn::Error::new(word.span(), format!("a wire is one of {words}"))
    })
}

fn generate(loaded: &Loaded, wires: Wires) -> (TokenStream, Diagnostics) {
    let mut options = Options::default();
    options.layout = Layout::Single;
    options.only = vec!["rust".to_owned()];
    options.wires = wires;
    let (files, report) = loaded.generate(&options);
    let text: String = files.iter().map(|(_, text)| text.as_str()).collect();
    (text.parse().expect("generated code is Rust"), report)
}

/// Files whose change means another contract.
fn tracked(loaded: &Loaded) -> TokenStream {
    let files = loaded.files.iter().map(|file| file.path.as_path()).chain(loaded.lock_paths());
    let files = files.filter_map(Path::to_str);
    quote!(#(const _: &[u8] = ::std::include_bytes!(#files);)*)
}

fn said(loaded: &Loaded, report: &Diagnostics, manifest: &Path, place: Span) -> TokenStream {
    let texts = report.iter().enumerate().map(|(index, diagnostic)| {
        let text = short(&text(loaded, diagnostic), manifest);
        match diagnostic.severity {
            Severity::Error => error(&text, place),
            Severity::Warning => warning(index, &text, place),
            // rustc has no word for it, and a build is not the moment.
            Severity::Info => TokenStream::new(),
        }
    });
    texts.collect()
}

/// `orders.loom:3:20: error[unknown-type]: …`, and below it the drawing.
fn text(loaded: &Loaded, diagnostic: &Diagnostic) -> String {
    let drawing = render::human(diagnostic, &loaded.sources, false);
    let Some(span) = diagnostic.span() else { return drawing.trim_end().to_owned() };
    let file = &loaded.sources[span.file];
    let at = file.line_column(span.start);
    format!("{}:{}:{}: {}", file.name(), at.line, at.column, drawing.trim_end())
}

/// Paths as the call says them.
fn short(text: &str, manifest: &Path) -> String {
    let folder = format!("{}/", manifest.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"));
    text.replace(&folder, "").replace(folder.trim_start_matches('/'), "")
}

fn error(text: &str, place: Span) -> TokenStream {
    syn::Error::new(place, text).into_compile_error()
}

/// A macro cannot warn; whoever uses what is deprecated is warned.
fn warning(index: usize, text: &str, place: Span) -> TokenStream {
    let contract = format_ident!("contract_{index}", span = place);
    quote! {
        const _: () = {
            #[deprecated = #text]
            #[allow(non_upper_case_globals, reason = "rustc tells its name")]
            const #contract: () = ();
            #contract
        };
    }
}
