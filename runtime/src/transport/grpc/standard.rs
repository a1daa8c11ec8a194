//! The services that tools expect of every server of gRPC.

use axum::Router;

use super::health::{Check, Health, Watch};
use super::reflection::{Reflection, V1, V1Alpha};
use super::{GrpcMount, ServiceInfo};
use crate::limits::Limits;
use crate::serving::{Serving, Shared};

/// The routes of health and reflection; none where no service is served over gRPC.
pub(crate) fn routes(services: &[&'static ServiceInfo], shared: &Shared, limits: Limits) -> Router {
    let mut router = Router::new();
    if services.is_empty() {
        return router;
    }
    let names = services.iter().map(|service| service.name);
    let health = Serving::new(Health::new(names, shared.leaving.clone()).into(), shared.clone());
    GrpcMount::new(&health, limits, &mut router).unary::<Check>().server_stream::<Watch>();
    let reflection = Serving::new(Reflection::new(services).into(), shared.clone());
    GrpcMount::new(&reflection, limits, &mut router).duplex::<V1>().duplex::<V1Alpha>();
    router
}
