//! A subscriber that writes down every span and event of this thread.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Once};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// A span as it was told of.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) number: u64,
    pub(crate) name: &'static str,
    pub(crate) parent: Option<u64>,
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) is_open: bool,
}

/// What was told, until it is dropped.
pub(crate) struct Journal {
    pages: Pages,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Page>>);

#[derive(Default)]
struct Page {
    spans: Vec<Told>,
    /// What was said, and in which span.
    events: Vec<(String, Option<u64>)>,
}

/// The number of a span: ids of the registry are used again.
struct Number(u64);

/// Has every place in the code ask, whenever it comes by, who wants to hear of it. One that is first come by while no test listens, just as
/// another begins to, would be taken for one of which nobody ever does.
pub(crate) fn wants_to_be_asked() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nothing = Registry::default().with(dynamic_filter_fn(|_, _| false));
        tracing::subscriber::set_global_default(nothing).unwrap();
    });
}

impl Journal {
    pub(crate) fn start() -> Journal {
        wants_to_be_asked();
        let pages = Pages::default();
        let guard = tracing::subscriber::set_default(Registry::default().with(pages.clone()));
        Journal { pages, _guard: guard }
    }

    pub(crate) fn all(&self) -> Vec<Told> {
        self.pages.0.lock().unwrap().spans.clone()
    }

    /// Spans of a name, in the order in which they began.
    pub(crate) fn named(&self, name: &str) -> Vec<Told> {
        self.all().into_iter().filter(|span| span.name == name).collect()
    }

    /// Events of the service under test, with the span that they stand in.
    pub(crate) fn events(&self) -> Vec<(String, Option<u64>)> {
        self.pages.0.lock().unwrap().events.clone()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Pages {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let span = cx.span(id).unwrap();
        let number_of = |span: tracing_subscriber::registry::SpanRef<'_, S>| {
            span.extensions().get::<Number>().map(|number| number.0)
        };
        let parent = span.parent().and_then(number_of);
        let mut told = self.0.lock().unwrap();
        let number = told.spans.len() as u64;
        span.extensions_mut().insert(Number(number));
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        told.spans.push(Told { number, name: span.name(), parent, fields, is_open: true });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let span = cx.span(id).unwrap();
        let number = span.extensions().get::<Number>().unwrap().0;
        values.record(&mut Fields(&mut self.0.lock().unwrap().spans[number as usize].fields));
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        if !event.metadata().target().starts_with("spans") {
            return;
        }
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let span = cx.event_span(event).and_then(|span| span.extensions().get::<Number>().map(|number| number.0));
        self.0.lock().unwrap().events.push((fields["message"].clone(), span));
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let span = cx.span(&id).unwrap();
        let number = span.extensions().get::<Number>().unwrap().0;
        self.0.lock().unwrap().spans[number as usize].is_open = false;
    }
}

struct Fields<'f>(&'f mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}
