//! On the wires that carry calls as they are.

use wireloom_idl::Contract;
use wireloom_idl::contract::{Binding, Fault, FaultCode, Field, Inputs, Operation, Subject, TypeId, TypeKind};

use super::{Of, OnWire, Row, left_out, second};
use crate::bind::calls::{CallWire, CallsService, Reliability};
use crate::bind::proto::{Flow, package_name};
use crate::{Views, model};

pub(super) fn on(
    contract: &Contract,
    views: &Views,
    of: Of,
    binding: &Binding,
    wire: CallWire,
    subject: Subject,
) -> Option<OnWire> {
    if matches!(subject, Subject::Handler(_)) || matches!(subject, Subject::Event(_)) && !wire.carries_events() {
        return None;
    }
    let (word, generated) = (wire.as_str(), wire.wire().is_some());
    let bound = views.calls.service(of.package, of.service, wire)?;
    if bound.at != binding.at {
        return Some(second(word));
    }
    let carried = match subject {
        Subject::Operation(index) => bound.operations.contains(&index),
        Subject::Event(event) => bound.events.contains(&event),
        Subject::Handler(_) => false,
    };
    if !carried {
        return Some(left_out(word, generated));
    }
    let writer = Writer { contract, views, of, bound, wire };
    let (place, rows) = match subject {
        Subject::Operation(index) => writer.operation(index),
        Subject::Event(event) => writer.event(event),
        Subject::Handler(_) => return None,
    };
    let derived = wire.has_place() && binding.place.is_none();
    Some(OnWire { wire: word.to_owned(), place: Some(place), derived, generated, rows })
}

struct Writer<'c> {
    contract: &'c Contract,
    views: &'c Views,
    of: Of,
    bound: &'c CallsService,
    wire: CallWire,
}

impl<'c> Writer<'c> {
    fn operation(&self, index: usize) -> (String, Vec<Row>) {
        let service = self.of.service(self.contract);
        let operation = &service.operations[index];
        let mut rows = self.names(&operation.name);
        if self.wire == CallWire::Grpc {
            rows.extend(self.messages(&operation.name));
        }
        rows.extend(self.inputs(index, operation));
        let streams = matches!(operation.answer, wireloom_idl::contract::Answer::Stream(_));
        if self.wire == CallWire::WebRtc && (streams || matches!(operation.inputs, Inputs::Stream(_))) {
            rows.push(self.channel(Subject::Operation(index)));
        }
        rows.extend(operation.faults.iter().filter_map(|&fault| self.fault(fault)));
        let place = match self.wire {
            CallWire::Grpc => format!("/{}/{}", self.bound.place, operation.name),
            CallWire::Rpc => self.call_name(&operation.name),
            CallWire::Ws | CallWire::WebRtc | CallWire::Soap => self.bound.place.clone(),
        };
        (place, rows)
    }

    fn event(&self, event: TypeId) -> (String, Vec<Row>) {
        let mut rows = vec![Row::new("name", self.contract.full_name(event))];
        if self.wire == CallWire::WebRtc {
            rows.push(self.channel(Subject::Event(event)));
        }
        (self.bound.place.clone(), rows)
    }

    /// `shop.orders.Orders/place`
    fn call_name(&self, operation: &str) -> String {
        let package = &self.contract.package(self.of.package).name;
        format!("{package}.{}/{operation}", self.of.service(self.contract).name)
    }

    fn names(&self, operation: &str) -> Vec<Row> {
        match self.wire {
            CallWire::Rpc | CallWire::Grpc => Vec::new(),
            CallWire::Ws | CallWire::WebRtc => {
                let name = Row::new("name", self.call_name(operation));
                let protocol = self.bound.subprotocol().map(|protocol| Row::new("protocol", protocol));
                std::iter::once(name).chain(protocol).collect()
            }
            CallWire::Soap => vec![
                Row::new("name", format!("element `{operation}` in `{}`", self.bound.namespace(self.contract))),
                Row::new("service", &self.bound.name),
                Row::new("versions", self.bound.soap_versions().join(", ")),
            ],
        }
    }

    /// The messages of a method.
    fn messages(&self, operation: &str) -> Vec<Row> {
        let package = package_name(self.contract.package(self.of.package));
        let service = &self.of.service(self.contract).name;
        let files = self.views.proto.files.iter().filter(|file| file.package == package);
        let services = files.flat_map(|file| &file.services).filter(|it| it.name == *service);
        let Some(method) = services.flat_map(|it| &it.methods).find(|method| method.name == operation) else {
            return Vec::new();
        };
        let flow = |flow: &Flow| {
            let own = flow.message.strip_prefix(&package).and_then(|rest| rest.strip_prefix('.'));
            let stream = if flow.streams { "stream of " } else { "" };
            format!("{stream}{}", own.unwrap_or(&flow.message))
        };
        vec![Row::new("takes", flow(&method.input)), Row::new("gives", flow(&method.output))]
    }

    fn inputs(&self, index: usize, operation: &Operation) -> Vec<Row> {
        let numbers = &self.contract.numbers.of_operation(self.of.package, self.of.service, index).inputs;
        let input = |(field, number): (&Field, &u32)| {
            let json = format!("member `{}`", model::json_name(field));
            let says = match self.wire {
                CallWire::Rpc | CallWire::Grpc => format!("field {number}"),
                CallWire::Ws | CallWire::WebRtc => format!("{json}, in binary field {number}"),
                CallWire::Soap => format!("element `{}`", field.name),
            };
            Row::of("input", &field.name, says)
        };
        operation.inputs.fields().iter().zip(numbers).map(input).collect()
    }

    fn fault(&self, id: TypeId) -> Option<Row> {
        let def = self.contract.type_def(id);
        let TypeKind::Fault(Fault { code, .. }) = &def.kind else { return None };
        let says = match self.wire {
            CallWire::Grpc => format!("{}, with the fault as a detail", code.as_str().to_ascii_uppercase()),
            CallWire::Soap => format!("{}, with the fault as detail", self.soap_code(*code)),
            CallWire::Rpc | CallWire::Ws | CallWire::WebRtc => code.as_str().to_owned(),
        };
        Some(Row::of("fault", &def.name, says))
    }

    /// Whose fault it is, in the words of the versions that are served.
    fn soap_code(&self, code: FaultCode) -> String {
        let callers = (400..500).contains(&code.http_status());
        let word = |version| match (version, callers) {
            ("1.1", true) => "Client",
            ("1.1", false) => "Server",
            (_, true) => "Sender",
            (_, false) => "Receiver",
        };
        let versions = self.bound.soap_versions();
        versions.iter().map(|version| format!("{} ({version})", word(version))).collect::<Vec<_>>().join(", ")
    }

    fn channel(&self, subject: Subject) -> Row {
        let Reliability { ordered, retransmits, lifetime } = self.bound.reliability(subject);
        let order = if ordered { "ordered" } else { "unordered" };
        let sent = match (retransmits, lifetime) {
            (Some(0), _) => "what is lost is not sent again".to_owned(),
            (Some(times), _) => format!("lost after {times} further attempts"),
            (None, Some(time)) => format!("lost after {time:?}"),
            (None, None) => "sent until it arrives".to_owned(),
        };
        Row::new("channel", format!("{order}, {sent}"))
    }
}
