/**
 * Every control message, one file each.
 *
 * @module
 */
export { type LoginRequest, loginRequest } from "./login_request.ts";
export { type LoginResponse, loginResponse } from "./login_response.ts";
export { type BootstrapRequest, bootstrapRequest } from "./bootstrap_request.ts";
export { type BootstrapResponse, bootstrapResponse } from "./bootstrap_response.ts";
export { type KeyAgreementRequest, keyAgreementRequest } from "./key_agreement_request.ts";
export { type KeyAgreementResponse, keyAgreementResponse } from "./key_agreement_response.ts";
export { type KeyRenewalRequest, keyRenewalRequest } from "./key_renewal_request.ts";
export { type KeyRenewalResponse, keyRenewalResponse } from "./key_renewal_response.ts";
export { type KeyDistribution, keyDistribution } from "./key_distribution.ts";
export { type KeyDistributionAck, keyDistributionAck } from "./key_distribution_ack.ts";
export { type AuthenticationRequest, authenticationRequest } from "./authentication_request.ts";
export { type AuthenticationResponse, authenticationResponse } from "./authentication_response.ts";
export { type RegistrationRequest, registrationRequest } from "./registration_request.ts";
export { type RegistrationResponse, registrationResponse } from "./registration_response.ts";
export {
  type ReauthenticationRequest,
  reauthenticationRequest,
} from "./reauthentication_request.ts";
export {
  type ReauthenticationResponse,
  reauthenticationResponse,
} from "./reauthentication_response.ts";
export { type DirectionRequest, directionRequest } from "./direction_request.ts";
export { type DirectionResponse, directionResponse } from "./direction_response.ts";
export { type NtmInformationRequest, ntmInformationRequest } from "./ntm_information_request.ts";
export { type NtmInformationResponse, ntmInformationResponse } from "./ntm_information_response.ts";
export { type RouteDirection, routeDirection } from "./route_direction.ts";
export { type RouteDirectionAck, routeDirectionAck } from "./route_direction_ack.ts";
export { type RouteDirectionRequest, routeDirectionRequest } from "./route_direction_request.ts";
export { type RouteDirectionResponse, routeDirectionResponse } from "./route_direction_response.ts";
export { type RelayDirection, relayDirection } from "./relay_direction.ts";
export { type RelayResponse, relayResponse } from "./relay_response.ts";
export { type PathOpen, pathOpen } from "./path_open.ts";
export { type PathOpened, pathOpened } from "./path_opened.ts";
export { type TunnelRequest, tunnelRequest } from "./tunnel_request.ts";
export { type TunnelResponse, tunnelResponse } from "./tunnel_response.ts";
export { type TunnelContent, tunnelContent } from "./tunnel_content.ts";
export {
  ERROR_CAUSES,
  type ErrorCause,
  type ErrorResponse,
  errorResponse,
} from "./error_response.ts";
export {
  type Access,
  access,
  type Instruction,
  instruction,
  network,
  type NodeNetwork,
} from "./parts.ts";
