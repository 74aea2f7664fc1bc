public import ArgumentParser
public import Residual

/// `--for keras2`
extension KerasLine: ExpressibleByArgument {}
