#include "daemon/remote/remote_client.h"

#include <utility>

namespace cbundle {
namespace {

template <class Message>
RemoteBlob blob_of(const Message& message) {
  return RemoteBlob(Blob(message.SerializeAsString()));
}

// All that names a result.
struct ActionBlobs {
  RemoteBlob manifest, command, input_root, action;
};

ActionBlobs action_of(const RemoteKey& key) {
  RemoteBlob manifest{Blob(key.manifest)};
  reapi::Command command;
  command.add_arguments("cbundle");
  command.add_arguments(key.stage);
  command.add_output_paths("output");
  reapi::Directory root;
  reapi::FileNode& file = *root.add_files();
  file.set_name("manifest");
  *file.mutable_digest() = manifest.digest;
  RemoteBlob command_blob = blob_of(command);
  RemoteBlob root_blob = blob_of(root);
  reapi::Action action;
  *action.mutable_command_digest() = command_blob.digest;
  *action.mutable_input_root_digest() = root_blob.digest;
  return {std::move(manifest), std::move(command_blob), std::move(root_blob), blob_of(action)};
}

// Of a result, or of a blob that it names: it is not there, or too large for a message.
bool is_miss(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::NOT_FOUND ||
         status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

bool is_wrong(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::DATA_LOSS;
}

// What to do about a failure.
std::string hint_of(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return "check CBUNDLE_REMOTE_TOKEN or CBUNDLE_REMOTE_CERTIFICATE, and the rights that the "
             "server gives them";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "check CBUNDLE_REMOTE: no server of the Remote Execution API answers there";
    default: return "builds go on without it; check CBUNDLE_REMOTE and the server";
  }
}

}  // namespace

RemoteClient::RemoteClient(const Config& config, bool has_waiting_client, Problems& problems,
                           const Clock& clock)
    : config_(config),
      has_waiting_client_(has_waiting_client),
      problems_(problems),
      breaker_(clock),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

RemoteClient::~RemoteClient() {
  std::unique_lock lock(mutex_);
  is_ending_ = true;
  changed_.notify_all();
  const auto has_tried = [this] { return breaker_.has_tried(); };
  std::chrono::milliseconds limit = drain_limit;
  if (has_waiting_client_) {
    changed_.wait_until(lock, started_ + connect_budget, has_tried);
    limit = std::chrono::milliseconds(has_tried() ? config_.remote_deadline : 0);
  }
  changed_.wait_for(lock, limit, [this] { return queue_.empty() || breaker_.is_open(); });
  end_.request_stop();
  thread_.request_stop();
}

void RemoteClient::count(std::string_view name) { ++counters_[std::string(name)]; }

Counters RemoteClient::take_counters() {
  const std::lock_guard lock(mutex_);
  return std::exchange(counters_, {});
}

// Nothing where the remote must not be asked now.
std::shared_ptr<RemoteApi> RemoteClient::admit(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!breaker_.has_tried()) {
    const auto budget_end = started_ + connect_budget;
    changed_.wait_until(lock, stop, budget_end, [this] { return breaker_.has_tried(); });
  }
  if (breaker_.is_closed()) return api_;
  count("remote.skipped");
  is_wanted_ = true;
  changed_.notify_all();
  return nullptr;
}

// A failure of the remote itself, not of one result.
void RemoteClient::report(const grpc::Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (is_ending_ && status.error_code() == grpc::StatusCode::CANCELLED) return;
    breaker_.failed();
    count("remote.failed");
  }
  changed_.notify_all();
  problems_.report("remote-cache", {.severity = Severity::warning,
                                    .message = "the remote cache " + config_.remote.text +
                                               " fails: " + status.error_message(),
                                    .hint = hint_of(status)});
}

std::optional<RemoteResult> RemoteClient::find(const RemoteKey& key, const std::stop_token& stop) {
  const std::shared_ptr<RemoteApi> api = admit(stop);
  if (!api) return std::nullopt;
  RemoteResult result;
  const grpc::Status status = read_result(*api, key, result, limit(stop));
  if (stop.stop_requested()) return std::nullopt;
  if (!status.ok() && !is_miss(status) && !is_wrong(status)) {
    report(status);
    return std::nullopt;
  }
  const std::lock_guard lock(mutex_);
  count(status.ok() ? "remote.hit" : is_wrong(status) ? "remote.wrong" : "remote.miss");
  return status.ok() ? std::optional(std::move(result)) : std::nullopt;
}

// OK only if it was there as a whole, and is what its digests say.
grpc::Status RemoteClient::read_result(RemoteApi& api, const RemoteKey& key, RemoteResult& result,
                                       const CallLimit& within) {
  grpc::Status wrong(grpc::StatusCode::DATA_LOSS, "a result that is not what it says");
  reapi::ActionResult action;
  grpc::Status status = api.find_action(action_of(key).action.digest, action, within);
  if (!status.ok()) return status;
  if (action.exit_code() != 0 || action.output_files_size() != 1) return wrong;
  reapi::OutputFile& file = *action.mutable_output_files(0);
  if (file.path() != "output") return wrong;
  std::string output = std::move(*file.mutable_contents());
  if (output.empty()) status = api.read(file.digest(), output, within);
  if (!status.ok()) return status;
  result.warnings = std::move(*action.mutable_stdout_raw());
  if (result.warnings.empty() && action.has_stdout_digest()) {
    status = api.read(action.stdout_digest(), result.warnings, within);
    if (!status.ok()) return status;
    if (!is_digest_of(action.stdout_digest(), result.warnings)) return wrong;
  }
  if (!is_digest_of(file.digest(), output)) return wrong;
  result.output = Blob(std::move(output));
  return status;
}

void RemoteClient::put(RemoteKey key, RemoteResult result) {
  if (config_.remote_mode == RemoteMode::read_only) return;
  Upload upload{std::move(key), std::move(result)};
  {
    const std::lock_guard lock(mutex_);
    if (breaker_.is_closed() && !api_->can_write()) return;
    if (breaker_.is_open() || queued_ + upload.size() > max_queued) return count("remote.dropped");
    queued_ += upload.size();
    queue_.push_back(std::move(upload));
  }
  changed_.notify_all();
}

grpc::Status RemoteClient::send(RemoteApi& api, const Upload& upload) {
  const ActionBlobs action = action_of(upload.key);
  const RemoteBlob output(upload.result.output);
  const std::stop_token stop = end_.get_token();
  // Nobody waits for these, and blobs may be large.
  const CallLimit within{std::chrono::system_clock::now() + std::chrono::seconds(30), stop};
  std::vector<const RemoteBlob*> blobs{&action.manifest, &action.command, &action.input_root,
                                       &action.action};
  if (output.bytes.size() != 0) blobs.push_back(&output);
  grpc::Status status = api.write(blobs, within);
  if (!status.ok()) return status;
  reapi::ActionResult result;
  reapi::OutputFile& file = *result.add_output_files();
  file.set_path("output");
  *file.mutable_digest() = output.digest;
  result.set_stdout_raw(upload.result.warnings);
  return api.put_action(action.action.digest, std::move(result), within);
}

// A remote that has not answered yet is asked even by a daemon that ends: it may have work to send.
bool RemoteClient::can_probe() const {
  return is_wanted_ && breaker_.is_probe_due() && !(is_ending_ && breaker_.has_tried());
}

void RemoteClient::probe() {
  const std::stop_token stop = end_.get_token();
  const auto api = std::make_shared<RemoteApi>(config_);
  grpc::Status status = api->probe(limit(stop));
  if (!status.ok()) return report(status);
  {
    const std::lock_guard lock(mutex_);
    api_ = api;
    breaker_.succeeded();
  }
  changed_.notify_all();
  problems_.resolve("remote-cache");
}

// A result that cannot be sent is dropped: the next machine makes it again.
void RemoteClient::send_next(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<RemoteApi> api = api_;
  const Upload upload = std::move(queue_.front());
  lock.unlock();
  const grpc::Status status = send(*api, upload);
  if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) {
    api->stop_writing();  // who may not write may still read
  } else if (!status.ok()) {
    report(status);
  }
  lock.lock();
  queue_.pop_front();
  queued_ -= upload.size();
  count(status.ok() ? "remote.sent" : "remote.dropped");
  changed_.notify_all();
}

void RemoteClient::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (can_probe()) {
      is_wanted_ = false;
      lock.unlock();
      probe();
      lock.lock();
    } else if (!queue_.empty() && (breaker_.is_open() || !api_->can_write())) {
      counters_["remote.dropped"] += queue_.size();
      queue_.clear();
      queued_ = 0;
      changed_.notify_all();
    } else if (!queue_.empty()) {
      send_next(lock);
    } else {
      const auto has_work = [this] { return !queue_.empty() || can_probe(); };
      const bool will_probe = breaker_.is_open() && is_wanted_ && !is_ending_;
      if (will_probe) {
        changed_.wait_for(lock, stop, breaker_.pause_left(), has_work);
      } else {
        changed_.wait(lock, stop, has_work);
      }
    }
  }
}

}  // namespace cbundle
