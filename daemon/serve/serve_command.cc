#include "daemon/serve/serve_command.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <memory>

#include "daemon/log.h"
#include "daemon/serve/cache_services.h"
#include "daemon/server.h"
#include "engine/base/files.h"
#include "engine/base/text.h"
#include "engine/store/disk_cache.h"

namespace cbundle {
namespace {

constexpr int done = 0;
constexpr int cannot_serve = 1;
constexpr int wrong_usage = 2;
constexpr int max_threads = 64;
constexpr std::size_t max_memory = std::size_t{1} << 30;  // of gRPC's buffers, in bytes
constexpr std::chrono::seconds drain_limit{10};

bool has_tls(const ServeOptions& options) { return !options.certificate.empty(); }

// Whether only this machine can reach it.
bool is_local(std::string_view listen) {
  return listen.starts_with("unix:") || listen.starts_with("127.") ||
         listen.starts_with("localhost:") || listen.starts_with("[::1]:");
}

Error bad(std::string message, std::string hint) {
  return {ErrorKind::bad_request, std::move(message), std::move(hint)};
}

Result<std::shared_ptr<grpc::ServerCredentials>> credentials_of(const ServeOptions& options) {
  if (!has_tls(options)) return grpc::InsecureServerCredentials();
  const bool asks = !options.client_ca.empty();
  grpc::SslServerCredentialsOptions tls(
      asks ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
           : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  tls.pem_key_cert_pairs.push_back(
      {TRY(read_file(options.key)), TRY(read_file(options.certificate))});
  if (asks) tls.pem_root_certs = TRY(read_file(options.client_ca));
  return grpc::SslServerCredentials(tls);
}

void add_options(CLI::App& app, ServeOptions& options, std::string& max_size) {
  app.add_option("--listen", options.listen, "HOST:PORT, or unix:/PATH")
      ->type_name("ADDR")
      ->required();
  app.add_option("--cache-dir", options.cache_dir, "where results are kept")
      ->type_name("DIR")
      ->required();
  app.add_option("--max-size", max_size, "evict above this size: 500M, 5G; 0: never [50G]")
      ->type_name("SIZE");
  const auto file = [&](const char* name, std::filesystem::path& path, const char* help) {
    app.add_option(name, path, help)->type_name("FILE");
  };
  file("--certificate", options.certificate, "the server's certificate, as PEM: serve with TLS");
  file("--key", options.key, "the certificate's private key, as PEM");
  file("--client-ca", options.client_ca, "accept only clients with a certificate of this one");
  file("--read-tokens", options.read_tokens, "bearer tokens that may read, one a line");
  file("--write-tokens", options.write_tokens, "bearer tokens that may read and write");
  app.add_flag("--insecure", options.insecure, "serve other machines without TLS");
}

// The signals that end it, blocked in this thread and in all that it starts.
sigset_t blocked_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<void> serve(const ServeOptions& options) {
  const sigset_t signals = blocked_signals();
  const auto disk = TRY(DiskCache::open(options.cache_dir, options.max_size,
                                        [](const std::string& text) { spdlog::warn("{}", text); }));
  SharedStore store(*disk);
  const Access access(options.read_tokens, options.write_tokens);
  CacheServer server(store, access);
  CapabilitiesService capabilities(server);
  ActionCacheService actions(server);
  StorageService storage(server);
  StreamService streams(server);

  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, TRY(credentials_of(options)), &port);
  for (grpc::Service* service :
       std::array<grpc::Service*, 4>{&capabilities, &actions, &storage, &streams}) {
    builder.RegisterService(service);
  }
  grpc::ResourceQuota quota("cbundled serve");
  quota.SetMaxThreads(max_threads).Resize(max_memory);
  builder.SetResourceQuota(quota);
  reduce_overhead(builder);
  const std::unique_ptr<grpc::Server> grpc_server = builder.BuildAndStart();
  if (!grpc_server) {
    return bad("cannot listen on " + options.listen, "check the address, and who uses it already");
  }
  if (!is_local(options.listen) && !has_tls(options)) {
    spdlog::warn("WITHOUT TLS: everybody on the network can read, and change, what is sent");
  }
  // Port 0 is one that the system chooses.
  const std::string chosen = options.listen.ends_with(":0") ? ", port " + std::to_string(port) : "";
  spdlog::info("cbundled {} serves a cache of {} on {}{}", CBUNDLE_VERSION,
               options.cache_dir.string(), options.listen, chosen);
  ::sd_notify(0, "READY=1");
  int signal = 0;
  ::sigwait(&signals, &signal);
  ::sd_notify(0, "STOPPING=1");
  spdlog::info("shutting down: signal {}", signal);
  grpc_server->Shutdown(std::chrono::system_clock::now() + drain_limit);
  return disk->flush();
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s", render(error.diagnostics, "cbundled").c_str());
  return error.kind == ErrorKind::bad_request ? wrong_usage : cannot_serve;
}

}  // namespace

Result<void> check(const ServeOptions& options) {
  if (!options.cache_dir.is_absolute()) {
    return bad("--cache-dir " + options.cache_dir.string() + " is not an absolute path",
               "name the directory from /");
  }
  if (options.certificate.empty() != options.key.empty()) {
    return bad("--certificate and --key need each other", "give both");
  }
  if (!options.client_ca.empty() && !has_tls(options)) {
    return bad("--client-ca needs TLS", "give --certificate and --key too");
  }
  if (!is_local(options.listen) && !has_tls(options) && !options.insecure) {
    return bad("--listen " + options.listen + " without TLS can be reached by other machines",
               "give --certificate and --key, or, where the network is trusted, --insecure");
  }
  return {};
}

int run_serve(int argc, const char* const* argv) {
  ServeOptions options;
  std::string max_size;
  CLI::App app(
      "cbundled serve keeps results for other machines, which find them by the Remote "
      "Execution API.",
      "cbundled serve");
  add_options(app, options, max_size);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return done;
  } catch (const CLI::ParseError& error) {
    return fail(bad(error.what(), "see 'cbundled serve --help'"));
  }
  if (!max_size.empty()) {
    const Result<std::uint64_t> size = parse_size(max_size);
    if (!size) return fail(bad("--max-size: " + size.error().text(), "such as 50G"));
    options.max_size = size.value();
  }
  if (const Result<void> valid = check(options); !valid) return fail(valid.error());
  ::umask(077);
  open_log(LogStyle::full);
  const Result<void> served = serve(options);
  return served ? done : fail(served.error());
}

}  // namespace cbundle
