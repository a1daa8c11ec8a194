//! What the HTTP port answers where nothing is served, in the form of the wire that was spoken.

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
#[cfg(not(feature = "rest"))]
use http::StatusCode;

#[cfg(feature = "grpc")]
use crate::transport::grpc;
#[cfg(feature = "rest")]
use crate::transport::rest;

/// Answers what no route answers as well.
pub(super) fn answered(router: Router) -> Router {
    router.fallback(not_found).method_not_allowed_fallback(method_not_allowed)
}

async fn not_found(request: Request) -> Response {
    #[cfg(feature = "grpc")]
    if grpc::is_grpc(request.headers()) {
        return grpc::nothing_here(request.uri());
    }
    #[cfg(feature = "rest")]
    return rest::not_found(request.uri());
    #[cfg(not(feature = "rest"))]
    return bare(&request, StatusCode::NOT_FOUND);
}

async fn method_not_allowed(request: Request) -> Response {
    #[cfg(feature = "rest")]
    return rest::method_not_allowed(request.method());
    #[cfg(not(feature = "rest"))]
    return bare(&request, StatusCode::METHOD_NOT_ALLOWED);
}

/// Without REST there is no form that a caller could be told more in.
#[cfg(not(feature = "rest"))]
fn bare(_: &Request, status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}
