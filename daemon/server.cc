// How gRPC is set up, and taken down again.
#include "daemon/server.h"

#include <absl/synchronization/mutex.h>
#include <grpc/grpc.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_posix.h>

#include <utility>

namespace cbundle {
namespace {

// A client pings once a second while a build runs, to see that we live.
constexpr int min_between_pings_ms = 1000;

// What a hit costs the daemon beside the engine is gRPC's, 1.05 ms of processor time, and with
// these 0.9. Debian's abseil looks for lock cycles at each lock, on a Unix socket there is no
// bandwidth to probe, nobody asks for channelz, and a minimal stack leaves out what no client of
// ours needs: compression, deadlines, and limits of idle time and of size (20,000 objects with
// long paths are a message of 4 MB).
void spare_costs(grpc::ServerBuilder& builder) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_MINIMAL_STACK, 1);
}

std::unique_ptr<grpc::Server> start(grpc::Service& build, grpc::Service& admin) {
  ::grpc_init();  // never undone: gRPC's own clean-up waits up to 10 s for a poller (1.51)
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.RegisterService(&build);
  builder.RegisterService(&admin);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             min_between_pings_ms);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  spare_costs(builder);
  return builder.BuildAndStart();
}

}  // namespace

Server::Server(Engine& engine, const Configured& configured, Activity& activity,
               Departure& departure)
    : build_service_(engine, activity, crew_, departure),
      admin_service_(engine, configured, activity, crew_, departure),
      server_(start(build_service_, admin_service_)) {}

Server::~Server() { drain(std::chrono::seconds(0)); }

// Of gRPC's two ways to take a connection this is the one that closes what comes after shutdown;
// an ExternalConnectionAcceptor drops such descriptors without closing them (gRPC 1.51).
void Server::serve(Fd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.release());
}

void Server::drain(std::chrono::seconds patience) {
  server_->Shutdown(std::chrono::system_clock::now() + patience);
  crew_.join();
}

}  // namespace cbundle
