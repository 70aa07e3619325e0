internal import CLibAV
extension MaskRequest { func properties() throws(ProgramFailure) -> ElementProperties { try ElementProperties(preset: preset, element) } }
