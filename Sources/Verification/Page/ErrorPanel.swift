/// One of the two plots of a chart.
struct Panel {
  /// Whether the errors are those of the whole model.
  let isWhole: Bool
  /// Where the error of each call stands.
  let places: [ErrorPlace]
  /// What is allowed at each call.
  let bounds: [Double?]
  /// Whether an error of the whole model is larger than what is allowed.
  let isBeyond: [Bool]
  let scale: ErrorScale
  private let verdicts: [CallReport.Verdict]

  /// The errors of calls by themselves.
  init(_ calls: [CallReport]) {
    self.init(
      calls, isWhole: false, places: calls.map(\.place), bounds: calls.map(\.bound),
      isBeyond: calls.map { _ in false })
  }

  /// The errors of calls in the whole model.
  init(cumulative calls: [CallReport]) {
    self.init(
      calls, isWhole: true,
      places: calls.map { call in
        call.cumulative.map { ErrorPlace($0.maxAbsolute.value) } ?? .none
      },
      bounds: calls.map { call in
        call.cumulative.flatMap { $0.allowed.value > 0 ? $0.allowed.value : nil }
      }, isBeyond: calls.map { $0.cumulative?.isBeyond == true })
  }

  private init(
    _ calls: [CallReport], isWhole: Bool, places: [ErrorPlace], bounds: [Double?],
    isBeyond: [Bool]
  ) {
    self.isWhole = isWhole
    self.places = places
    self.bounds = bounds.map { $0?.isFinite == true ? $0 : nil }
    self.isBeyond = isBeyond
    verdicts = calls.map(\.verdict)
    let shown = isWhole ? places.filter { $0 != .none } : places
    scale = ErrorScale(shown, bounds: self.bounds.compactMap(\.self))
  }

  /// The name of a mark's shape, which is that of its colour, too.
  func shape(of index: Int) -> String {
    guard isWhole else { return verdicts[index].rawValue }
    return isBeyond[index] ? "beyond" : "within"
  }

  /// The bounds as steps, one call wide each; runs of calls that have one.
  private var runs: [[(call: Int, y: String)]] {
    var runs: [[(call: Int, y: String)]] = []
    for (call, bound) in bounds.enumerated() {
      guard let bound else { continue }
      let step = (call, ErrorChart.number(scale.y(.value(bound))))
      if runs.last?.last?.call == call - 1 {
        runs[runs.count - 1].append(step)
      } else {
        runs.append([step])
      }
    }
    return runs
  }

  /// The line of the bounds as a path: steps, or, where neighbours have nothing to do with each
  /// other, a tick for each.
  var steps: String {
    runs.map { run in
      isWhole
        ? "M\(run[0].call) \(run[0].y)" + run.map { "V\($0.y)H\($0.call + 1)" }.joined()
        : run.map { "M\($0.call) \($0.y)h1" }.joined()
    }.joined()
  }

  /// What lies below the bounds as a path.
  var room: String {
    runs.map { run in
      "M\(run[0].call) \(ErrorChart.number(scale.height))"
        + run.map { "V\($0.y)H\($0.call + 1)" }.joined()
        + "V\(ErrorChart.number(scale.height))z"
    }.joined()
  }
}
