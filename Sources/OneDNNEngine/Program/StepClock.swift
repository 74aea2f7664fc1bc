#if OneDNN

internal import ModelGraph

/// The time that each step of a program takes, over several runs.
struct StepClock {
  private let clock = ContinuousClock()
  private var last = ContinuousClock.now
  private var current: [Duration]
  private var times: [[Duration]] = []

  init(stepCount: Int) {
    current = Array(repeating: .zero, count: stepCount)
  }

  /// A run begins.
  mutating func begin() {
    for index in current.indices { current[index] = .zero }
    last = clock.now
  }

  /// A step is done; a step may be done several times in one run.
  mutating func completed(_ step: Int) {
    let now = clock.now
    current[step] += now - last
    last = now
  }

  /// A run is over.
  mutating func end(isCounted: Bool) {
    if isCounted { times.append(current) }
  }

  /// The median time of a step in seconds.
  func median(of step: Int) -> Double { times.map { $0[step] / .seconds(1) }.median }

  /// The median time of a whole run in seconds.
  var medianTotal: Double { times.map { $0.reduce(.zero, +) / .seconds(1) }.median }
}

#endif
