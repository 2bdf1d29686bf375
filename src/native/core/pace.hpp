// Pace: one thread or all of them, for networks so small that it depends on the machine.
//
// Where cores are idle, a second thread takes a third off a step of 100 µs; where another program is busy on one, each
// barrier may wait milliseconds for it. So both are timed while training goes on: the bits are the same for any number.

#pragma once

#include <algorithm>

namespace chainrule {

class Pace {
public:
    // What the next call is to do: with all threads or with one, and for how many seconds at the most.
    struct Choice {
        bool all;
        double seconds;
    };

    Choice next(double seconds) {
        trial_ = since_trial_ >= (known(true) ? seconds_between_trials : seconds_before_first);
        all_ = (known(true) && seconds_a_row_[true] < seconds_a_row_[false]) != trial_;
        return {all_, trial_ ? std::min(seconds, seconds_of_a_look) : seconds};
    }

    // What that took. A trial goes on over as many calls as it takes to fill its time.
    void note(double seconds, double rows) {
        if (rows <= 0) return;
        double& mine = seconds_a_row_[all_];
        mine = mine > 0 ? (mine + seconds / rows) / 2 : seconds / rows;
        since_trial_ += seconds;
        trial_seconds_ += trial_ ? seconds : 0;
        if (trial_seconds_ >= seconds_of_a_trial) since_trial_ = trial_seconds_ = 0;
    }

private:
    // A trial that finds a busy core costs some milliseconds a second. Of its looks the first finds cold caches and
    // counts least.
    static constexpr double seconds_before_first = 0.002, seconds_between_trials = 0.5;
    static constexpr double seconds_of_a_look = 0.002, seconds_of_a_trial = 0.008;

    bool known(bool all) const { return seconds_a_row_[all] > 0; }

    double seconds_a_row_[2] = {0, 0};  // with one thread, with all; 0: not known yet
    double since_trial_ = 0, trial_seconds_ = 0;
    bool trial_ = false, all_ = false;
};

}  // namespace chainrule
