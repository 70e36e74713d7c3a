#include "daemon/server.h"

#include <absl/synchronization/mutex.h>
#include <grpc/grpc.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_posix.h>

namespace cbundle {

void reduce_overhead(grpc::ServerBuilder& builder) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
}

namespace {

// A client pings once a second while a build runs, to detect a daemon that hangs.
constexpr int min_between_pings_ms = 1000;

// Of a hit, gRPC takes 1.05 ms of processor time, and with these settings 0.9. A Unix socket has no
// bandwidth to probe, and the minimal stack leaves out compression, deadlines, and limits of idle
// time and message size (20,000 objects with long paths are a message of 4 MB).
void suit_local_clients(grpc::ServerBuilder& builder) {
  reduce_overhead(builder);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_MINIMAL_STACK, 1);
}

std::unique_ptr<grpc::Server> start(grpc::Service& build, grpc::Service& admin) {
  ::grpc_init();  // without grpc_shutdown(), which waits up to 10 s for a poller (1.51)
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.RegisterService(&build);
  builder.RegisterService(&admin);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             min_between_pings_ms);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  suit_local_clients(builder);
  return builder.BuildAndStart();
}

}  // namespace

Server::Server(Engine& engine, Problems& problems, const Configured& configured, Activity& activity,
               ShutdownRequest& shutdown, const ProgramFile* program)
    : build_service_(engine, configured.config, activity, tasks_, shutdown, program),
      admin_service_(engine, problems, configured, activity, tasks_, shutdown),
      server_(start(build_service_, admin_service_)) {}

Server::~Server() {
  server_->Shutdown(std::chrono::system_clock::now());
  tasks_.join();
}

// This closes a connection that arrives after a shutdown; an ExternalConnectionAcceptor leaks its
// descriptor (gRPC 1.51).
void Server::serve(Fd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.release());
}

void Server::drain() {
  server_->Shutdown();
  tasks_.join();
}

// As grpc::Server::Shutdown() does at a deadline, which is in system time and cannot be tested.
void Server::abort_calls() { ::grpc_server_cancel_all_calls(server_->c_server()); }

}  // namespace cbundle
