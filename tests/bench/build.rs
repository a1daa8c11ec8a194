//! Compiles the contract of the benchmarks, whose order is that of the orders example.

fn main() {
    wireloom_codegen::build::Compiler::new("contracts").include("../../examples/orders/contracts").grpc().rpc().run();
}
