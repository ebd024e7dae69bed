(** P14, tanh circuit.

    Registry: W_hh = beta Phi, W_uh = g E_s, W_hy = E_s^T and sigma = tanh give every sign right for all t if g >= beta, and
    |y| >= r* = tanh(beta r* ) if beta > 1 and g >= beta (1 + r* ). With W_hh = beta Phi + Delta, row 1-norms of Delta at most
    delta <= beta m - artanh m and g >= beta + delta + artanh m, also |y| >= m.
    A selection task; inputs are -1 and 1; beta > 0; Psi a signed permutation; 0 < m < 1.
    Here: any ordered domain, any sizes, and any odd increasing sigma with values in (-1, 1) in the place of tanh; [artanh_m] is
    a number with sigma artanh_m = m. Delta is an error of the weights in the order of the neurons. *)
From mathcomp Require Import all_ssreflect fingroup perm ssralg ssrnum matrix.
Require Import linear_tasks neurons.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Definition tanh_like (R : realDomainType) (sigma : R -> R) :=
  [/\ forall z, sigma (- z) = - sigma z, {homo sigma : y z / y < z} & forall z, `|sigma z| < 1].

Definition tanh_circuit (R : realDomainType) p d (F : 'I_p.+1 -> 'M[R]_d) Psi (beta g : R) Delta :=
  neuron_circuit Psi (beta *: (Psi *m companion F *m Psi^T) + Delta) g.

Section Signs.
Variables (R : realDomainType) (p d : nat) (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool).
Local Notation F := (selection R block component flip).
Variables (u : nat -> 'cV[R]_d) (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool).
Hypotheses (ut : task F u) (ub : binary p u).
Variables (sigma : R -> R) (beta g : R) (Delta : 'M[R]_(components p d)).
Hypothesis tanh : tanh_like sigma.
Hypothesis beta0 : 0 < beta.
Local Notation Psi := (signed_permutation R pi negative).
Local Notation h := (held sigma pi negative (beta *: (Psi *m companion F *m Psi^T) + Delta) g (input p u)).

Lemma all_signs t c : sign (u t c ord0).
Proof.
elim/ltn_ind: t c => t IH c; case: (leqP t p) => tp; first exact: ub.
rewrite -(subnK tp) ut selected; apply: signM (sign_bool _ _) (IH _ _ _).
by rewrite -[X in (_ < X)%N](subnK tp) ltn_add2l.
Qed.

(** Neuron c of block k sees beta times its source, the error, and the input if it is of the newest block. *)
Definition error t : 'cV[R]_(components p d) := Psi^T *m (Delta *m state sigma (neuron_circuit Psi (beta *: (Psi *m companion F *m Psi^T) + Delta) g) (input p u) t).
Definition source t (k : 'I_p.+1) c :=
  if (k < p)%N then submxcol (h t) (inord k.+1) c ord0 else (-1) ^+ flip c * submxcol (h t) (block c) (component c) ord0.

Lemma neuron t k c : submxcol (h t.+1) k c ord0 = sigma (beta * source t k c + submxcol (error t) k c ord0
  + (if k == ord_max then g * input p u t c ord0 else 0)).
Proof.
have [odd _ _] := tanh.
rewrite heldS // mulmxDl mulmxDr -/(error t) -scalemxAl -scalemxAr.
have -> (v : 'cV_(components p d)) : Psi^T *m (Psi *m companion F *m Psi^T *m v) = companion F *m (Psi^T *m v).
  by rewrite !mulmxA signed_left mul1mx.
rewrite -/(h t) block_map !blockD !blockZ block_companion block_inject /source mxE; congr sigma.
have entry (a b e : 'cV[R]_d) : (beta *: a + b + g *: e) c ord0 = beta * a c ord0 + b c ord0 + g * e c ord0.
  by rewrite !mxE.
rewrite entry; case: (ltnP k p) => kp; last by rewrite (last_block kp) eqxx selected.
by rewrite -[k == _]/(k == p :> nat) (ltn_eqF kp); congr (_ + _); rewrite mxE mulr0.
Qed.

Lemma small t i : `|h t i ord0| < 1.
Proof.
case: t => [|t]; first by rewrite held0 mxE normr0 ltr01.
by have [odd _ lt1] := tanh; rewrite heldS // mxE.
Qed.
Lemma small_block t k c : `|submxcol (h t) k c ord0| < 1.
Proof. by rewrite mxE; exact: small. Qed.
Lemma small_source t k c : `|source t k c| < 1.
Proof. by rewrite /source; case: ifP => _; rewrite ?sign_norm ?small_block //; apply: sign_bool. Qed.

Lemma state_small t i : `|state sigma (neuron_circuit Psi (beta *: (Psi *m companion F *m Psi^T) + Delta) g) (input p u) t i ord0| <= 1.
Proof. by rewrite held_state signed_mul sign_norm ?ltW ?small //; apply: sign_bool. Qed.

Lemma error_small delta t k c : (forall i, row_norm Delta i <= delta) -> `|submxcol (error t) k c ord0| <= delta.
Proof.
move=> D; rewrite mxE signed_trmul sign_norm; last exact: sign_bool.
set i := (pi^-1)%g _; apply: le_trans (D i); rewrite mxE; apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => j _.
by rewrite normrM ler_pimulr ?normr_ge0 // state_small.
Qed.

(** One induction for the three forms: [ok v z] says that z has the sign v, with the margin that is claimed. *)
Section Induction.
Variable ok : R -> R -> Prop.
Hypothesis copies : forall t k c v, sign v -> ok v (source t k c) -> ok v (sigma (beta * source t k c + submxcol (error t) k c ord0)).
Hypothesis writes : forall t k c v, sign v -> ok v (sigma (beta * source t k c + submxcol (error t) k c ord0 + g * v)).
Hypothesis flips : forall s v z, sign s -> ok v z -> ok (s * v) (s * z).

Lemma kept_signs t (k : 'I_p.+1) c : (p.+1 <= t + k)%N -> ok (u (t + k - p.+1)%N c ord0) (submxcol (h t) k c ord0).
Proof.
elim: t k c => [|t IH] k c; first by rewrite add0n leqNgt ltn_ord.
move=> tk; rewrite neuron; case: (ltnP k p) => kp.
  rewrite -[k == _]/(k == p :> nat) (ltn_eqF kp) addr0; apply: copies; first exact: all_signs.
  rewrite /source kp; have := IH (inord k.+1) c; rewrite inordK // addnS -addSn; exact.
rewrite (last_block kp) eqxx /= addSn subSS addnK; case: (leqP t p) => tp.
  by rewrite /input tp; apply: writes; exact: all_signs.
rewrite /input leqNgt tp /= [X in g * X]mxE mulr0 addr0; apply: copies; first exact: all_signs.
rewrite /source ltnn -{1}(subnK tp) ut selected; apply: flips; first exact: sign_bool.
have := IH (block c) (component c); rewrite -addnBAC // => /(_ (leq_trans tp (leq_addr _ _))).
by [].
Qed.

Lemma newest_signs t c : ok (u t c ord0)
  (output sigma (neuron_circuit Psi (beta *: (Psi *m companion F *m Psi^T) + Delta) g) (input p u) t c ord0).
Proof.
have := @kept_signs t.+1 ord_max c; rewrite output_held /= addSn subSS addnK; apply.
by rewrite ltnS leq_addl.
Qed.
End Induction.

(** A pre-activation of at least a, in the sense of v, gives at least sigma a in that sense. *)
Lemma fires a v z : sign v -> a <= v * z -> sigma a <= v * sigma z.
Proof.
have [odd lt_sigma _] := tanh; have le_sigma := ltW_homo lt_sigma.
by case=> -> h; rewrite ?mul1r ?mulN1r -?odd; apply: le_sigma; move: h; rewrite ?mul1r ?mulN1r.
Qed.

Lemma robust_signs delta m artanh_m : (forall i, row_norm Delta i <= delta) -> sigma artanh_m = m ->
  delta <= beta * m - artanh_m -> beta + delta + artanh_m <= g -> forall t c, m <= u t c ord0 *
  (output sigma (neuron_circuit Psi (beta *: (Psi *m companion F *m Psi^T) + Delta) g) (input p u) t c ord0).
Proof.
move=> D am copies writes; apply: (newest_signs (ok := fun v z => m <= v * z)) => [t k c v v1 h|t k c v v1|s v z s1 h].
- rewrite -am; apply: fires => //; rewrite mulrDr mulrCA.
  have bm : beta * m <= beta * (v * source t k c) by rewrite ler_pmul2l.
  have := error_small t k c D; rewrite -(sign_norm _ v1) ler_norml => /andP[e _].
  by apply: (le_trans _ (ler_add bm e)); rewrite ler_subr_addr addrC -ler_subr_addr.
- rewrite -am; apply: fires => //; rewrite !mulrDr mulrCA [v * (g * v)]mulrCA sign_sq // mulr1.
  have := error_small t k c D; rewrite -(sign_norm _ v1) ler_norml => /andP[e _].
  have : `|v * source t k c| <= 1 by rewrite sign_norm // ltW ?small_source.
  rewrite ler_norml => /andP[b _]; have {}b : - beta <= beta * (v * source t k c) by rewrite -mulrN1 ler_pmul2l.
  by apply: (le_trans _ (ler_add (ler_add b e) writes)); rewrite -opprD addKr.
by rewrite mulrACA sign_sq // mul1r.
Qed.

Lemma fires_strictly v z : sign v -> 0 < v * z -> 0 < v * sigma z.
Proof.
have [odd lt_sigma _] := tanh; have sigma0 : sigma 0 = 0.
  by apply/eqP; rewrite -[_ == 0]orFb -(mulrn_eq0 _ 2) mulr2n -{2}[sigma 0]opprK -odd oppr0 subrr.
by case=> -> h; rewrite ?mul1r ?mulN1r -?odd -sigma0; apply: lt_sigma; move: h; rewrite ?mul1r ?mulN1r.
Qed.

Lemma plain_signs : Delta = 0 -> beta <= g -> forall t c, 0 < u t c ord0 *
  (output sigma (neuron_circuit Psi (beta *: (Psi *m companion F *m Psi^T) + Delta) g) (input p u) t c ord0).
Proof.
move=> D0 writes; have exact t k c : submxcol (error t) k c ord0 = 0.
  by apply/eqP; rewrite -normr_le0 error_small // => i; rewrite /row_norm D0 big1 // => j _; rewrite mxE normr0.
apply: (newest_signs (ok := fun v z => 0 < v * z)) => [t k c v v1 h|t k c v v1|s v z s1 h].
- by apply: fires_strictly; rewrite // exact addr0 mulrCA pmulr_rgt0.
- apply: fires_strictly; rewrite // exact addr0 mulrDr mulrCA [v * (g * v)]mulrCA sign_sq // mulr1.
  have : `|v * source t k c| < 1 by rewrite sign_norm // small_source.
  rewrite ltr_norml => /andP[b _]; rewrite -subr_gt0 opprK addrC in b.
  apply: lt_le_trans (_ : 0 < beta * (v * source t k c + 1)) _; first by rewrite pmulr_rgt0 // addrC.
  by rewrite mulrDr mulr1 ler_add2l.
by rewrite mulrACA sign_sq // mul1r.
Qed.
End Signs.

Theorem tanh_signs (R : realDomainType) (p d : nat) (sigma : R -> R) (beta g : R)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (F := selection R block component flip)
    (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool) (Psi := signed_permutation R pi negative)
    (u : nat -> 'cV[R]_d) :
  tanh_like sigma -> task F u -> binary p u ->
  0 < beta -> beta <= g ->
  forall t c, 0 < u t c ord0 * output sigma (tanh_circuit F Psi beta g 0) (input p u) t c ord0.
Proof. by move=> tanh ut ub b0 writes t c; apply: plain_signs. Qed.

Theorem tanh_floor (R : realDomainType) (p d : nat) (sigma : R -> R) (beta g r : R)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (F := selection R block component flip)
    (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool) (Psi := signed_permutation R pi negative)
    (u : nat -> 'cV[R]_d) :
  tanh_like sigma -> task F u -> binary p u ->
  0 < beta -> r = sigma (beta * r) -> beta * (1 + r) <= g ->
  forall t c, r <= u t c ord0 * output sigma (tanh_circuit F Psi beta g 0) (input p u) t c ord0.
Proof.
move=> tanh ut ub b0 fixed writes t c; apply: (@robust_signs _ _ _ _ _ _ _ _ _ ut ub _ _ _ _ tanh b0 0 r (beta * r)) => //.
- by move=> i; rewrite /row_norm big1 // => j _; rewrite mxE normr0.
- by rewrite subrr.
by rewrite addr0 -{1}[beta]mulr1 -mulrDr.
Qed.

Theorem tanh_robust (R : realDomainType) (p d : nat) (sigma : R -> R) (beta g delta m artanh_m : R)
    (block : 'I_d -> 'I_p.+1) (component : 'I_d -> 'I_d) (flip : 'I_d -> bool) (F := selection R block component flip)
    (pi : 'S_(components p d)) (negative : 'I_(components p d) -> bool) (Psi := signed_permutation R pi negative)
    (Delta : 'M[R]_(components p d)) (u : nat -> 'cV[R]_d) :
  tanh_like sigma -> task F u -> binary p u ->
  0 < beta -> sigma artanh_m = m -> (forall i, row_norm Delta i <= delta) ->
  delta <= beta * m - artanh_m -> beta + delta + artanh_m <= g ->
  forall t c, m <= u t c ord0 * output sigma (tanh_circuit F Psi beta g Delta) (input p u) t c ord0.
Proof. by move=> tanh ut ub b0 am D copies writes; apply: robust_signs D am copies writes. Qed.
