import ModelBuilder
import Foundation
import OrderedCollections
import ModelGraph
import Testing

@testable import Verification

#if canImport(FoundationXML)
import FoundationXML
#endif

/// A page as an XML parser reads it.
private final class PageDocument: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var text = ""
  private(set) var isSound = false

  init(_ page: String) {
    super.init()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = self
    isSound = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements.append((element, attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  /// How many elements have a class.
  func count(_ name: String, class style: String) -> Int {
    elements.count {
      $0.name == name && $0.attributes["class"]?.split(separator: " ").contains(style[...]) == true
    }
  }
}

@Suite struct PageTests {
  private func page(_ reports: [VerificationReport], _ model: Model? = nil) throws -> PageDocument {
    let page = ReportPage(
      reports.map { ("golden.h5", $0) }, model: "model.pb",
      graph: try (model ?? Block.model()).graph)
    let document = PageDocument(page.text)
    #expect(document.isSound)
    return document
  }

  private func report(epsilon: Double = 1e-3) throws -> VerificationReport {
    let verifier = Verifier(options: .init(diagnoses: true))
    return try verifier.verify(Block.model(epsilon: epsilon), against: .block())
  }

  @Test func `a page shows the verdict, the first wrong call and every call`() throws {
    let page = try page([report()])
    #expect(page.text.contains("✕ Differs"))
    #expect(page.text.contains("First wrong call: norm Standardization"))
    #expect(page.elements.count { $0.name == "tr" && $0.attributes["id"] != nil } == 5)
    #expect(page.count("svg", class: "heat") == 1)
    #expect(page.count("svg", class: "histogram") == 2)
    // One mark for each call in each plot; the legend has others.
    #expect(
      page.elements.count { $0.name == "use" && $0.attributes["x"]?.hasSuffix("%") == true } == 10)
  }

  @Test func `each verdict has a sign beside its colour`() throws {
    var report = try report(epsilon: 1.001e-5)
    for (index, verdict) in CallReport.Verdict.allCases.enumerated() {
      report.cases[0].calls[index].verdict = verdict
    }
    let page = try page([report])
    for verdict in CallReport.Verdict.allCases {
      #expect(page.text.contains("\(verdict.sign) \(verdict)"))
      #expect(page.count("g", class: verdict.rawValue) == (verdict == .ok ? 2 : 1))
      #expect(page.elements.contains { $0.attributes["id"] == "mark-\(verdict)" })
    }
    #expect(Set(CallReport.Verdict.allCases.map(\.sign)).count == 4)
  }

  @Test func `names from files are texts`() throws {
    let name = "</script><img src=x onerror=alert(1)>\"'&\u{202E}\u{0}"
    var report = try report()
    report.model = name
    report.producer = name
    report.engine = name
    report.cases[0].name = name
    report.cases[0].description = name
    report.cases[0].unknownTensors = [name]
    report.cases[0].calls[0].path = name
    report.cases[0].calls[0].kind = name
    report.cases[0].fault?.path = name
    report.cases[0].fault?.attributes = [.init(name: name, value: name)]
    report.cases[0].fault?.diagnoses?[0].fix = name
    let input = Input(shape: [3], name: name)
    let model = try Model(inputs: input, outputs: ReLU(name: name + "2")(input), name: name)
    let text = ReportPage([(name, report)], model: name, graph: model.graph).text
    let page = PageDocument(text)
    #expect(page.isSound)
    #expect(!page.elements.contains { $0.name == "img" })
    #expect(page.elements.count { $0.name == "script" } == 1)
    let shown = "</script><img src=x onerror=alert(1)>\"'&\\u{202E}\\u{0}"
    #expect(page.text.components(separatedBy: shown).count > 10)
    #expect(!text.contains("<img"))
  }

  @Test func `nothing but the page's own script may run, and nothing is fetched`() throws {
    let page = try page([report()])
    let policy = try #require(
      page.elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" })
    let content = try #require(policy.attributes["content"])
    #expect(content.hasPrefix("default-src 'none'; "))
    #expect(content.contains("script-src '\(PageScript.digest)'"))
    for (_, attributes) in page.elements {
      #expect(attributes["src"] == nil)
      #expect(attributes["href"]?.hasPrefix("#") ?? true)
      #expect(!attributes.keys.contains { $0.hasPrefix("on") || $0 == "style" })
    }
  }

  @Test func `links lead somewhere, and identifiers are unique in two reports`() throws {
    let page = try page([report(), report(epsilon: 1.001e-5)])
    let identifiers = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(identifiers).count == identifiers.count)
    let targets = Set(
      page.elements.compactMap { $0.attributes["href"]?.dropFirst() }.map(String.init))
    #expect(targets.subtracting(identifiers) == [])
    #expect(page.count("section", class: "case") == 2)
    #expect(page.text.contains("✕ Differs"))
  }

  @Test func `a page of 800 calls is not large`() throws {
    let input = Input(shape: [3], name: "in")
    var x: SymbolicTensor = input
    for index in 0..<800 { x = ReLU(name: "relu_\(index)")(x) }
    let model = try Model(inputs: input, outputs: x)
    let report = try Verifier(engine: ReferenceEngine(Float.self))
      .verify(model, againstReferenceOn: model.sampleInputs())
    let text = ReportPage([("", report)], model: "model.pb", graph: model.graph).text
    #expect(text.utf8.count < 1_600_000, "\(text.utf8.count)")
    let page = PageDocument(text)
    #expect(page.isSound)
    #expect(
      page.elements.count { $0.name == "use" && $0.attributes["x"]?.hasSuffix("%") == true } == 1600
    )
    #expect(page.count("g", class: "ok") == 800)
  }

  @Test func `a report without recorded calls or without cases has a page`() throws {
    var golden = try Golden.block()
    golden.cases[0].calls = [:]
    let outputs = try Verifier().verify(Block.model(), against: golden)
    #expect(try page([outputs]).text.contains("No call is recorded."))
    #expect(try page([]).text.contains("? Could not tell"))
  }

  @Test func `errors stand where they belong`() {
    let scale = ErrorScale([.value(1e-7), .value(1), .zero, .infinite, .none], bounds: [1e-5])
    let heights = [ErrorPlace.infinite, .value(1), .value(1e-3), .value(1e-7), .zero, .none].map(
      scale.y)
    #expect(heights == heights.sorted() && Set(heights).count == heights.count)
    #expect(scale.lines.map(\.label).contains("10⁻⁶"))
    #expect(scale.height > heights[5])
    let extreme = ErrorScale(
      [.value(.leastNonzeroMagnitude), .value(.greatestFiniteMagnitude)], bounds: [])
    #expect(extreme.lines.count < 10)
    #expect(ErrorScale([], bounds: []).height > 0)
  }
}
