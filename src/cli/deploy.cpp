#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "cli.hpp"
#include "errand.hpp"
#include "forecast.hpp"

namespace inhaul::cli {
namespace {

Result<Errand> errand_from(const Context& context, const DeployOptions& options) {
    const auto trigger = trigger_from(options.trigger);
    if (!trigger)
        return fail(ErrorCode::usage,
                    fmt::format("--trigger: {} is none", printable(options.trigger)));
    const auto wait = TRY(parse_wait(options.wait));
    deploy::Order order{.trigger = *trigger};
    if (!options.to.empty()) order.to = options.to;
    if (!options.expect.empty()) order.expected = CommitId::parse(options.expect);
    order.origin = *trigger == Trigger::hand ? person() : options.origin;
    order.despite = options.force;
    order.again = options.again;
    return Errand{TRY(context.app(options.app)), std::move(order), wait};
}

}  // namespace

ExitCode deploy(const GlobalOptions& global, const DeployOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto errand = errand_from(*found, options);
    if (!errand) return report(errand.error());
    return options.dry_run ? forecast(*errand, found->places) : run_errand(*errand, found->places);
}

}  // namespace inhaul::cli
