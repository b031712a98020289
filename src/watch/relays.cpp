// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/relays.hpp>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include "channel.hpp"
#include "push_filter.hpp"

namespace inhaul::watch {
namespace {

/// The least time between two saves of a relay's state.
constexpr Milliseconds between_saves{2'000};
/// The least time between two unsigned events that are recorded and passed on.
constexpr Milliseconds between_unsigned{10'000};
/// The wait after an event that was refused or dropped until the forge is polled. All such events
/// in this time cause one poll.
constexpr Milliseconds fallback_poll_delay{30'000};

struct Listener {
    Settings settings;
    ledger::Relay relay = {};
    std::optional<SteadyPoint> save_at = {};  ///< when to save changes
    std::optional<SteadyPoint> unsigned_at = {};
    std::optional<SteadyPoint> fallback_poll_at = {};  ///< when to poll after a dropped event
    bool secret_failing = false;
    bool rename_logged = false;
};

/// Returns the prefix of stored event ids of a channel: an id is never sent to another channel.
std::string prefix_of(const Channel::Address& address) {
    return Secret{address.url}.fingerprint() + " ";
}

/// Returns the repository's numbers, from the forge and from an earlier push.
RepositoryIds ids_of(const Listener& listener, const Result<ledger::PollState>& poll_state) {
    RepositoryIds ids;
    if (poll_state && poll_state->repository_id) ids.push_back(*poll_state->repository_id);
    const auto& relay = listener.relay;
    if (relay.repository_id && relay.repository == listener.settings.repository)
        ids.push_back(*relay.repository_id);
    return ids;
}

std::string shown(const std::string& id) {
    constexpr std::size_t longest = 64;
    return printable(id, longest);
}

}  // namespace

struct Relays::State {
    State(Ports all_ports, std::uint64_t seed) : ports(all_ports), jitter(seed) {}

    struct ChannelEntry {
        std::vector<AppName> apps;
        std::unique_ptr<Channel> channel;
    };

    Result<void> listen(const std::vector<Settings>& apps);
    std::unique_ptr<Channel> channel_at(const Channel::Address& address,
                                        const std::string& last_id);
    void for_each_app(const Channel::Address& address,
                      const std::function<void(Listener&)>& action);
    void up(const Channel::Address& address, Listener& listener);
    void down(Listener& listener, const Error& error);
    void delivered(const Channel::Address& address, Listener& listener, const Delivery& delivery);
    void on_push(Listener& listener, const Delivery& delivery, const Classified& classified);
    void learn(Listener& listener, const PushEvent& push);
    void refuse(Listener& listener, std::string_view reason);
    void schedule_fallback_poll(Listener& listener) const;
    [[nodiscard]] std::vector<Secret> secrets_of(Listener& listener);
    void save(Listener& listener);
    void save_later(Listener& listener);

    Ports ports;
    Jitter jitter;
    SecretFiles files;
    std::map<AppName, Listener> listeners;
    std::map<Channel::Address, ChannelEntry> channels;
};

Result<void> Relays::State::listen(const std::vector<Settings>& apps) {
    // The new listeners begin with the saved states.
    for (auto& [name, listener] : listeners)
        if (listener.save_at) save(listener);
    std::map<AppName, Listener> next;
    std::map<Channel::Address, std::vector<AppName>> wanted;
    for (const auto& settings : apps) {
        if (!settings.relay) continue;
        Listener listener{.settings = settings, .relay = TRY(ports.relays.relay(settings.app))};
        if (settings.relay->secret_files.empty())
            log::warning(
                "the relay has no webhook secret: anyone who knows its URL can trigger a "
                "poll of the branch",
                {{"app", settings.app.text()},
                 {"hint",
                  "set the webhook's secret and write it to the file in "
                  "relay.secret_file"}});
        if (const auto old = listeners.find(settings.app); old != listeners.end()) {
            listener.unsigned_at = old->second.unsigned_at;
            listener.fallback_poll_at = old->second.fallback_poll_at;
        }
        next.emplace(settings.app, std::move(listener));
        wanted[{settings.relay->url, settings.ca_file}].push_back(settings.app);
    }
    listeners = std::move(next);
    std::erase_if(channels, [&](const auto& each) { return !wanted.contains(each.first); });
    for (const auto& group : wanted) {
        const auto& address = group.first;
        const auto& names = group.second;
        auto& entry = channels[address];
        entry.apps = names;
        if (!entry.channel) {
            const auto& known = listeners.at(names.front()).relay.last_id;
            const auto prefix = prefix_of(address);
            entry.channel =
                channel_at(address, known.starts_with(prefix) ? known.substr(prefix.size()) : "");
        }
        for_each_app(address, [&](Listener& listener) {
            if (entry.channel->is_up()) return up(address, listener);
            listener.relay.connected.reset();
            save(listener);
        });
    }
    return {};
}

std::unique_ptr<Channel> Relays::State::channel_at(const Channel::Address& address,
                                                   const std::string& last_id) {
    // The callbacks need an address that outlives them: the key in the map, which never moves.
    const auto* const here = &channels.find(address)->first;
    return std::make_unique<Channel>(
        address, Channel::Ports{ports.streams, ports.clock, jitter},
        Channel::Events{
            .up = [this,
                   here] { for_each_app(*here, [&](Listener& listener) { up(*here, listener); }); },
            .down =
                [this, here](const Error& error) {
                    for_each_app(*here, [&](Listener& listener) { down(listener, error); });
                },
            .delivery =
                [this, here](const Delivery& delivery) {
                    for_each_app(*here,
                                 [&](Listener& listener) { delivered(*here, listener, delivery); });
                },
            .dropped =
                [this, here](std::string_view reason) {
                    for_each_app(*here, [&](Listener& listener) {
                        refuse(listener, reason);
                        schedule_fallback_poll(listener);
                    });
                }},
        last_id);
}

void Relays::State::for_each_app(const Channel::Address& address,
                                 const std::function<void(Listener&)>& action) {
    for (const auto& name : channels.at(address).apps)
        action(listeners.at(name));
}

void Relays::State::up(const Channel::Address& address, Listener& listener) {
    auto& relay = listener.relay;
    const auto& app = listener.settings.app;
    if (!relay.connected) {
        const auto origin = http::origin_of(address.url);
        log::info("connected to the relay",
                  {{"app", app.text()}, {"relay", origin ? origin->host : std::string{}}});
        relay.connected = ports.clock.now();
    }
    relay.error.reset();
    relay.error_since.reset();
    relay.hint.clear();
    save(listener);
    ports.watcher.set_relay_connected(app, true);
}

void Relays::State::down(Listener& listener, const Error& error) {
    auto& relay = listener.relay;
    const auto& app = listener.settings.app;
    if (relay.connected) ++relay.reconnects;
    if (relay.connected || relay.error != error.message)
        log::warning("not connected to the relay: " + error.message,
                     {{"app", app.text()}, {"hint", error.hint}});
    if (!relay.error) relay.error_since = ports.clock.now();
    relay.connected.reset();
    relay.error = error.message;
    relay.hint = error.hint;
    save(listener);
    ports.watcher.set_relay_connected(app, false);
}

std::vector<Secret> Relays::State::secrets_of(Listener& listener) {
    std::vector<Secret> secrets;
    bool failing = false;
    for (const auto& file : listener.settings.relay->secret_files) {
        auto secret = files.secret(file);
        if (secret) {
            secrets.push_back(std::move(*secret));
            continue;
        }
        failing = true;
        if (!listener.secret_failing)
            log::problem(log::Level::error, "read the webhook's secret", secret.error(),
                         {{"app", listener.settings.app.text()}});
    }
    listener.secret_failing = failing;
    return secrets;
}

void Relays::State::delivered(const Channel::Address& address, Listener& listener,
                              const Delivery& delivery) {
    const auto& app = listener.settings.app;
    const auto poll_state = ports.polls.poll_state(app);
    const auto classified =
        classify(delivery, listener.settings, ids_of(listener, poll_state), secrets_of(listener));
    listener.relay.last_event = ports.clock.now();
    listener.relay.last_word = classified.what;
    const auto& last_id = channels.at(address).channel->last_id();
    if (!last_id.empty()) listener.relay.last_id = prefix_of(address) + last_id;
    save_later(listener);
    if (classified.kind == Classified::Kind::refused) refuse(listener, classified.what);
    if (classified.doubtful) schedule_fallback_poll(listener);
    if (classified.kind == Classified::Kind::ping)
        log::info("the webhook works: received GitHub's ping through the relay",
                  {{"app", app.text()}});
    if (classified.kind == Classified::Kind::push) on_push(listener, delivery, classified);
}

/// Records and logs an unsigned push only now and then: anybody can send it.
void Relays::State::on_push(Listener& listener, const Delivery& delivery,
                            const Classified& classified) {
    const auto& app = listener.settings.app;
    if (classified.genuine) learn(listener, *classified.push);
    const PushNotice notice{.genuine = classified.genuine,
                            .before = classified.push->before,
                            .after = classified.push->after,
                            .delivery = "delivery " + std::string{shown(delivery.id)}};
    const auto now = ports.clock.steady();
    if (!classified.genuine) {
        if (listener.unsigned_at && now < *listener.unsigned_at)
            return ports.watcher.notify(app, notice);
        listener.unsigned_at = now + between_unsigned;
    }
    const auto first = ports.relays.first_time(app, classified.key);
    if (!first) log::problem(log::Level::error, "save an event", first.error());
    if (first && !*first) {
        listener.relay.last_word = "a push that was received before";
        return;
    }
    ++listener.relay.accepted;
    log::info("received a push event", {{"app", app.text()},
                                        {"after", notice.after->short_form()},
                                        {"delivery", shown(delivery.id)},
                                        {"signed", notice.genuine ? "yes" : "no"}});
    ports.watcher.notify(app, notice);
}

/// Saves the repository's number from a genuine push. The number identifies the repository after it
/// is renamed, also without an API that returns it.
void Relays::State::learn(Listener& listener, const PushEvent& push) {
    auto& relay = listener.relay;
    const auto& settings = listener.settings;
    if (has_name_of(push, settings)) {
        relay.repository = settings.repository;
        relay.repository_id = push.repository_id;
        return;
    }
    if (std::exchange(listener.rename_logged, true)) return;
    log::warning("the repository was renamed: change `repository` in the settings",
                 {{"app", settings.app.text()},
                  {"from", settings.repository},
                  {"to", printable(push.repository, 140)}});
}

/// A refused or dropped event may have been a push: schedules a poll, as rarely as for any unsigned
/// event.
void Relays::State::schedule_fallback_poll(Listener& listener) const {
    if (!listener.fallback_poll_at)
        listener.fallback_poll_at = ports.clock.steady() + fallback_poll_delay;
}

void Relays::State::refuse(Listener& listener, std::string_view reason) {
    if (++listener.relay.refused[std::string{reason}] == 1)
        log::warning("refused an event of the relay",
                     {{"app", listener.settings.app.text()}, {"reason", std::string{reason}}});
    save_later(listener);
}

void Relays::State::save_later(Listener& listener) {
    if (!listener.save_at) listener.save_at = ports.clock.steady() + between_saves;
}

void Relays::State::save(Listener& listener) {
    listener.save_at.reset();
    if (const auto saved = ports.relays.save_relay(listener.settings.app, listener.relay); !saved)
        log::problem(log::Level::error, "save the state of the relay", saved.error());
}

Relays::Relays(Ports ports, std::uint64_t seed) : state_(std::make_unique<State>(ports, seed)) {}
Relays::~Relays() = default;

Result<void> Relays::set_apps(const std::vector<Settings>& apps) {
    return state_->listen(apps);
}

void Relays::tick() {
    for (auto& [address, entry] : state_->channels)
        entry.channel->tick();
    const auto now = state_->ports.clock.steady();
    for (auto& [name, listener] : state_->listeners) {
        if (listener.save_at && now >= *listener.save_at) state_->save(listener);
        if (!listener.fallback_poll_at || now < *listener.fallback_poll_at) continue;
        listener.fallback_poll_at.reset();
        state_->ports.watcher.notify(name, PushNotice{});
    }
}

std::optional<SteadyPoint> Relays::next_wake() const {
    std::optional<SteadyPoint> soonest;
    const auto consider = [&](SteadyPoint at) { soonest = soonest ? std::min(*soonest, at) : at; };
    for (const auto& [address, entry] : state_->channels)
        consider(entry.channel->next_wake());
    for (const auto& [name, listener] : state_->listeners) {
        if (listener.save_at) consider(*listener.save_at);
        if (listener.fallback_poll_at) consider(*listener.fallback_poll_at);
    }
    return soonest;
}

void Relays::stop() {
    for (auto& [name, listener] : state_->listeners) {
        listener.relay.connected.reset();
        state_->save(listener);
    }
    state_->channels.clear();
}

}  // namespace inhaul::watch
